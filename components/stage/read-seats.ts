import type { Feed } from '#lib/feed/feed.ts'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { type LaneRef, laneTrace } from '../feed/lane-ref.ts'
import { formatNumber } from '../ui/format.ts'
import {
  EMPTY_SEAT,
  groupGot,
  type KEY_STATES,
  partitionMark,
  type SeatState,
  seatWords,
} from '../words/seats.ts'
import { phonesByPart } from './phones.ts'
import type { SeatGroup } from './seat-plan.ts'

/** One seat as it is to be drawn. */
export interface SeatNow {
  state: SeatState
  /** In words, for those who cannot see it. */
  name: string
  /** Written into it: whose partitions it reads. */
  mark: string
}

/** What is drawn of a whole map beside its seats. */
export interface MapNow {
  /** By group, the places of the seats that have the traced message. */
  lit: number[][]
  /** By group, who got it, in words. */
  got: string[]
  counts: Record<(typeof KEY_STATES)[number], number>
  /** The most partitions that one group shares out. */
  partitions: number
}

interface Reading {
  feed: Feed
  lane: LaneRef
  /** Groups in which somebody owns a partition: a member without one is idle. */
  sharing: ReadonlySet<string | null>
  has: ReadonlyMap<string, unknown>
  message: string
  markChars: number
  phones: ReadonlyMap<string, number>
}

function stateOf(
  { state, away }: Consumer,
  pane: PaneView | undefined,
  has: boolean,
  shares: boolean,
): SeatState {
  if (has) return 'lit'
  if (state === 'crashed') return away ? 'away' : 'crashed'
  if (away || state === 'detached' || state === 'attaching') return 'away'
  if (state === 'paused') return 'paused'
  if (pane && pane.inHand.length > 0) return 'holding'
  return shares && pane?.partitions.length === 0 ? 'idle' : 'live'
}

function readSeat(reading: Reading, consumer: Consumer): SeatNow {
  const { feed, lane, sharing, has, message, markChars, phones } = reading
  const pane = feed.views.pane(consumer.id)
  const group = lane.modeManifest.can.groups ? consumer.group : undefined
  const state = stateOf(consumer, pane, has.has(consumer.name), sharing.has(group ?? null))
  const owner = consumer.owner?.name
  const holding = pane?.inHand.length ?? 0
  return {
    state,
    name: seatWords({
      ...{ consumer: consumer.name, owner, group, state, message, holding },
      phones: phones.get(consumer.id),
    }),
    mark: partitionMark(pane?.partitions ?? [], markChars),
  }
}

/** By group how many partitions its members own together. */
function partitionsOf(feed: Feed, groups: readonly SeatGroup[]): Map<string | null, number> {
  return new Map(
    groups.map(({ name, seats }) => {
      const owned = seats.map((id) => (id === null ? 0 : (feed.views.pane(id)?.partitions.length ?? 0)))
      return [name, owned.reduce((sum, count) => sum + count, 0)]
    }),
  )
}

const noCounts = (): MapNow['counts'] => ({ holding: 0, paused: 0, idle: 0, away: 0, crashed: 0 })

/** Every seat of a map as the ledger has it now; `onSeat` gets them in the order of the list. */
export function readSeats(
  feed: Feed,
  lane: LaneRef,
  groups: readonly SeatGroup[],
  markChars: number,
  onSeat: (index: number, seat: SeatNow) => void,
): MapNow {
  const { views, trace } = feed
  const view = views.destination(lane.manifest.id, lane.destination)
  const consumers = new Map(view?.consumers.map((one) => [one.id, one]))
  const partitions = partitionsOf(feed, groups)
  const reading: Reading = {
    ...{ feed, lane, markChars, has: laneTrace(feed, lane).cords, phones: phonesByPart(feed) },
    sharing: new Set(Array.from(partitions).flatMap(([name, count]) => (count > 0 ? [name] : []))),
    message: formatNumber(views.message(trace.messageId ?? '')?.number ?? null),
  }
  const counts = noCounts()
  let index = 0
  const lit = groups.map(({ seats }) =>
    seats.flatMap((id, seat) => {
      const consumer = id === null ? undefined : consumers.get(id)
      const now = consumer ? readSeat(reading, consumer) : EMPTY
      if (now.state in counts) counts[now.state as keyof typeof counts] += 1
      onSeat(index, now)
      index += 1
      return now.state === 'lit' ? [seat] : []
    }),
  )
  const nameAt = (group: number, seat: number) => consumers.get(groups[group]?.seats[seat] ?? '')?.name ?? ''
  const got = lit.map((seats, group) =>
    groupGot(
      seats.map((seat) => nameAt(group, seat)),
      groups[group]?.seats.filter((id) => id !== null).length ?? 0,
    ),
  )
  return { lit, got, counts, partitions: Math.max(0, ...partitions.values()) }
}

const EMPTY: SeatNow = { state: 'empty', name: EMPTY_SEAT, mark: '' }
