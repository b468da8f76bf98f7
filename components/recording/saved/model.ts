import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { Recording } from '#lib/recording/format.ts'
import { openingOf } from '#lib/recording/opening.ts'
import { MODE_LABEL } from '../../ui/look.ts'
import { STATE_WORD } from '../../words/states.ts'
import type { YieldWhenDue } from '../yield-to-browser.ts'
import {
  type CellVersion,
  createVersionRecorder,
  type VersionedLane,
  type VersionedRow,
} from './cell-versions.ts'
import { type ListedEvent, listEvents } from './event-list.ts'

/** A page is for showing, not for keeping: some 2 MB, made in a second or two, which a phone can still scroll. */
export const PAGE_MAX_EVENTS = 5_000
/** A lane with many consumers lists fewer messages: as many as make so many cells. */
export const LANE_MAX_CELLS = 20_000
/** Enough that a page of that many events loses nothing. */
const LIMITS = {
  messages: PAGE_MAX_EVENTS,
  messageWeight: 2 * PAGE_MAX_EVENTS,
  messageChars: Number.MAX_SAFE_INTEGER,
}

interface SavedRow {
  message: VersionedRow['message']
  from: number
  /** The verdict's, each consumer's in the order of the columns, and what is kept. */
  versions: readonly (readonly CellVersion[])[]
}

export interface SavedLane {
  label: string
  /** Its token's name; empty for a system that this dashboard does not know. */
  hue: string
  mode: string
  destination: string
  columns: readonly { name: string; under: string }[]
  rows: readonly SavedRow[]
  /** Messages before those, which the page has no room for. */
  left: number
}

/** Everything a saved page says, from the ledger and in the words of the views. */
export interface SavedRecording {
  room: string
  startedAt: number
  events: number
  /** Events after those, which the page has no room for. */
  left: number
  /** Of each event. */
  times: readonly number[]
  lanes: readonly SavedLane[]
  listed: readonly ListedEvent[]
}

export interface PageLimits {
  events: number
  laneCells: number
}

/** Works in slices: `yieldWhenDue` is awaited between two pieces of work. */
export async function savedRecording(
  recording: Recording,
  yieldWhenDue: YieldWhenDue,
  limits: PageLimits = { events: PAGE_MAX_EVENTS, laneCells: LANE_MAX_CELLS },
): Promise<SavedRecording> {
  const events = recording.events.slice(0, limits.events)
  const ledger = createLedger(LIMITS)
  ledger.reset(openingOf(recording))
  const recorder = createVersionRecorder(ledger)
  for (const [index, event] of events.entries()) {
    ledger.apply(event)
    for (const _ of recorder.after(event, index + 1)) await yieldWhenDue()
    await yieldWhenDue()
  }
  for (const _ of recorder.finish(events.length)) await yieldWhenDue()
  const order = catalog.map(({ id }) => id)
  const orderOf = ({ destination }: VersionedLane): number => {
    const index = order.indexOf(destination.system)
    return index === -1 ? order.length : index
  }
  return {
    room: recording.header.room,
    startedAt: recording.header.startedAt,
    events: events.length,
    left: recording.events.length - events.length,
    times: events.map(({ at }) => at),
    lanes: [...recorder.lanes.values()]
      .sort((a, b) => orderOf(a) - orderOf(b))
      .map((lane) => savedLane(lane, limits.laneCells)),
    listed: listEvents(events, ledger),
  }
}

function savedLane({ destination, consumers, rows }: VersionedLane, cells: number): SavedLane {
  const { system, name, mode } = destination
  const manifest = manifestOf(system)
  const newest = [...rows.values()].slice(-Math.max(1, Math.floor(cells / (consumers.size + 1))))
  return {
    label: manifest?.label ?? system,
    hue: manifest?.look.hue ?? '',
    mode: MODE_LABEL[mode],
    destination: name,
    columns: Array.from(consumers.values(), (consumer) => ({
      name: consumer.name,
      under: underName(consumer),
    })),
    left: rows.size - newest.length,
    rows: newest.map(({ message, from, verdict, kept, cells: versions }) => ({
      message,
      from,
      versions: [verdict, ...Array.from(consumers.keys(), (id) => versions.get(id) ?? []), kept],
    })),
  }
}

const underName = ({ state, group, role, removed }: Consumer): string =>
  [removed ? 'removed' : STATE_WORD[state], group, role && 'reads dead letters'].filter(Boolean).join(', ')
