import { manifestOf } from '#lib/brokers/catalog.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Ledger } from '#lib/ledger/ledger.ts'
import type { DeliveryView, MessageView } from '#lib/ledger/model/views.ts'
import { type CellView, matrixRow } from '#lib/ledger/views/matrix.ts'
import { type EventOf, isLifeEvent, type LifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { consumerId } from '#lib/protocol/names.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'
import { cellWords } from '../../words/cells.ts'
import { keptSentence } from '../../words/kept.ts'
import { plain } from '../../words/sentence.ts'
import { verdictWords } from '../../words/verdicts.ts'

/** What a cell of the page says from one event on. `look` is one of the Matrix's; empty in a verdict. */
export interface CellVersion {
  event: number
  look: string
  text: string
}

/** One message in one lane. */
export interface VersionedRow {
  message: MessageView
  /** The first event about it. */
  from: number
  verdict: CellVersion[]
  /** What the broker still keeps of it. */
  kept: CellVersion[]
  /** By the consumer's id. */
  cells: Map<string, CellVersion[]>
}

export interface VersionedLane {
  destination: Pick<Destination, 'system' | 'name' | 'mode' | 'settings'>
  /** All that were ever there, as they were last. */
  consumers: Map<string, Consumer>
  rows: Map<string, VersionedRow>
  /** Messages of which some arrival may still be settled by an event that doesn't name them, and those arrivals. */
  open: Map<string, readonly DeliveryView[]>
}

/** Asks the ledger, event by event, what the matrix would show, and notes each change of its words. */
export interface VersionRecorder {
  readonly lanes: ReadonlyMap<string, VersionedLane>
  after(event: RoomEvent, position: number): Updates
  /** Updates every row once more: some reasons depend on what other messages and consumers did since. */
  finish(position: number): Updates
}

/**
 * One updated row after another, to be iterated to the end; the ledger must not change meanwhile. One event may be
 * about thousands.
 */
type Updates = Iterable<void>

const UNSETTLED: ReadonlySet<string> = new Set(['in-hand', 'read'])
const openIn = (cell: CellView): DeliveryView[] =>
  cell.kind === 'delivery' && UNSETTLED.has(cell.delivery.state) ? [cell.delivery] : []

type UnnamedEvent = EventOf<'consumer' | 'committed' | 'gap'>

/** Whether an event may settle an arrival. A commit moves what anybody of the group read of that partition. */
function concerns(event: UnnamedEvent, { consumer, group, address }: DeliveryView): boolean {
  if (event.kind !== 'committed') return event.consumer === undefined || event.consumer === consumer
  return (
    event.group === group &&
    address.kind === 'offset' &&
    address.partition === event.partition &&
    Number(address.offset) < Number(event.upTo)
  )
}

function note(versions: CellVersion[], version: CellVersion): void {
  const last = versions.at(-1)
  if (last?.look === version.look && last.text === version.text) return
  if (last?.event === version.event) versions.pop()
  versions.push(version)
}

const laneKey = (system: string, destination: string): string => `${system} ${destination}`

export function createVersionRecorder(ledger: Ledger): VersionRecorder {
  const lanes = new Map<string, VersionedLane>()
  const laneOf = (destination: VersionedLane['destination']): VersionedLane => {
    const key = laneKey(destination.system, destination.name)
    const known = lanes.get(key)
    if (known) return known
    const lane = { destination, consumers: new Map(), rows: new Map(), open: new Map() }
    lanes.set(key, lane)
    return lane
  }
  const noteRoom = (): void => {
    for (const destination of ledger.destinations) {
      const lane = laneOf(destination)
      lane.destination = destination
      lane.consumers = inOrder(
        lane,
        ledger.destination(destination.system, destination.name)?.consumers ?? [],
      )
    }
  }
  noteRoom()
  return {
    lanes,
    *after(event, position) {
      if (event.kind === 'destination' || event.kind === 'consumer') noteRoom()
      if (event.kind === 'consumer' && event.now.removed) noteRemoved(lanes, event.now)
      if (isLifeEvent(event)) {
        const { system, destination: name } = event
        const lane = laneOf({ system, name, mode: manifestOf(system)?.classic.mode ?? 'queue', settings: {} })
        noteConsumer(ledger, lane, event)
        yield update(ledger, lane, event.messageId, position)
      } else if (event.kind === 'consumer' || event.kind === 'committed' || event.kind === 'gap') {
        for (const lane of lanes.values()) {
          if (event.system !== undefined && event.system !== lane.destination.system) continue
          for (const [id, arrivals] of [...lane.open]) {
            if (arrivals.some((one) => concerns(event, one))) yield update(ledger, lane, id, position)
          }
        }
      }
    },
    *finish(position) {
      for (const lane of lanes.values())
        for (const id of lane.rows.keys()) yield update(ledger, lane, id, position)
    },
  }
}

/** Those that are there in the room's order, then those that were. */
function inOrder(lane: VersionedLane, now: readonly Consumer[]): Map<string, Consumer> {
  const here = new Map(now.map((consumer) => [consumer.id, consumer]))
  return new Map([...here, ...[...lane.consumers].filter(([id]) => !here.has(id))])
}

/** The room lists it no more; the page says that it is gone. */
function noteRemoved(lanes: ReadonlyMap<string, VersionedLane>, consumer: Consumer): void {
  lanes.get(laneKey(consumer.system, consumer.destination))?.consumers.set(consumer.id, consumer)
}

/** In a recording a consumer may appear by its arrivals only. */
function noteConsumer(ledger: Ledger, lane: VersionedLane, event: LifeEvent): void {
  if (!('consumer' in event)) return
  const id = consumerId(event.system, event.destination, event.consumer)
  const consumer = lane.consumers.has(id) ? undefined : ledger.pane(id)?.consumer
  if (consumer) lane.consumers.set(id, consumer)
}

function update(ledger: Ledger, lane: VersionedLane, id: string, event: number): void {
  const message = ledger.message(id)
  if (!message) return
  const row = lane.rows.get(id) ?? { message, from: event, verdict: [], kept: [], cells: new Map() }
  lane.rows.set(id, row)
  row.message = message
  const open = updateRow(ledger, lane, row, event)
  if (open.length > 0) lane.open.set(id, open)
  else lane.open.delete(id)
}

/** Returns its unsettled arrivals: the row may still change by events that do not name the message. */
function updateRow(ledger: Ledger, lane: VersionedLane, row: VersionedRow, event: number): DeliveryView[] {
  const { system, name, mode } = lane.destination
  const manifest = manifestOf(system)
  const label = manifest?.label ?? system
  const { consumerNoun, noun } = modeAt(manifest, lane.destination) ?? {
    consumerNoun: 'consumer',
    noun: name,
  }
  const consumers = [...lane.consumers.values()]
  const view = matrixRow(ledger, system, name, row.message, consumers)
  const there = { label, consumerNoun, mode }
  const verdict = plain(verdictWords(view.verdict, there, row.message.number))
  note(row.verdict, { event, look: '', text: verdict })
  note(row.kept, { event, look: '', text: keptSentence(view.kept, { label, noun, mode }) })
  view.cells.forEach((cell, index) => {
    const consumer = consumers[index]
    if (!consumer) return
    const versions = row.cells.get(consumer.id) ?? []
    row.cells.set(consumer.id, versions)
    const words = cellWords(cell, { label, consumerNoun, consumer: consumer.name })
    note(versions, { event, look: words?.look ?? '', text: words?.fate ?? '' })
  })
  return view.cells.flatMap(openIn)
}
