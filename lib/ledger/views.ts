import type { Address } from '#lib/protocol/address.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Evidence, Mode, SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Destination, LoadState, Person } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { AbsenceView } from './absence.ts'
import type { MeterView } from './meter.ts'
import type { RecentView } from './recent.ts'
import type { SearchResult, SearchWish } from './search.ts'
import type { Behind, LaneFigure, LaneTally, PaneFigure, PaneTally } from './tally-views.ts'
import type { LaneTraceView } from './trace-views.ts'

/**
 * What the ledger computes from a room's events: the shapes that panes, rails, receipts and verdicts are drawn from.
 * Plain data; words are the screen's.
 */

/** A message's content as far as it is known: what a pane's row shows. `null` = not known. */
export interface ContentView {
  messageId: string
  number: number | null
  text: string | null
  /** Base64 of the body when it was not valid UTF-8. */
  bytes: string | null
  /** Bytes at the body's end that the event left out; 0 when it is whole. */
  omittedBytes: number
  sender: string | null
  senderColour: number | null
  key: string | null
  headers: Readonly<Record<string, string>> | null
  outside: boolean
  sentAt: number | null
  /** The load run that made it. */
  load: string | null
}

/** A message with all that became of it. A new object whenever any of it changed. */
export interface MessageView extends ContentView {
  /** One life for each system it was sent to (or came from). */
  lives: ReadonlyMap<SystemId, LifeView>
}

/** What the sender was told by one system. `pending`: accepted, no receipt yet. */
export type ReceiptView =
  | { state: 'pending' }
  | {
      state: 'published'
      receiptMs: number
      heardBy: number | null
      address: Address | null
      /** How the transaction it was written in ended, where it was in one. */
      transaction: 'committed' | 'aborted' | null
    }
  | { state: 'unheard'; receiptMs: number }
  | { state: 'returned'; reason: string }
  | { state: 'refused'; reason: string }
  | { state: 'uncertain'; reason: string }
  /** From outside: nobody here was told anything. */
  | { state: 'outside' }

/** How a life ended without anybody settling it: the broker's own doing. */
export interface EndView {
  how: 'expired' | 'dead-lettered' | 'trimmed'
  reason: string
  /** Where a dead-lettered message went. */
  to: string | null
  at: number
  evidence: Evidence
}

export interface LifeView {
  system: SystemId
  destination: string
  receipt: ReceiptView
  /** When that receipt came, and how it is known; null while there is none. */
  told: { at: number; evidence: Evidence } | null
  /** The arrivals still held, in order of learning. */
  deliveries: readonly DeliveryView[]
  /** Arrivals before those, no longer held. */
  earlier: number
  ended: EndView | null
}

/**
 * Where one arrival stands. `in-hand`: handed over, not settled. `received`: where there is nothing to settle.
 * `read`: a log's record, not yet covered by a commit. `lost`: was in hand (or read and not committed) when its
 * consumer crashed. `unknown`: was in hand when events went missing (a gap), so what became of it was not seen.
 */
export type DeliveryState =
  | 'in-hand'
  | 'received'
  | 'read'
  | 'acknowledged'
  | 'committed'
  | 'requeued'
  | 'rejected'
  | 'lost'
  | 'unknown'

export interface DeliveryView {
  messageId: string
  consumer: string
  group: string | null
  delivery: number
  state: DeliveryState
  attempt: number | null
  redelivered: boolean
  latencyMs: number | null
  address: Address
  at: number
  evidence: Evidence
  /** How many-th arrival at this consumer it was, from 1. */
  ordinal: number
  /** When it came into its present state, and how that is known; null while it is as it arrived. */
  moved: { at: number; evidence: Evidence } | null
}

/**
 * A row of a pane: an arrival, or something that happened to the consumer itself. Rows are never changed: an arrival
 * whose state or content changed is a new object under the same `key`, all other rows stay the same objects.
 */
export type PaneRow =
  | { type: 'delivery'; key: string; message: ContentView; delivery: DeliveryView }
  | { type: 'state'; key: string; at: number; event: EventOf<'consumer'> }
  | { type: 'assignment'; key: string; at: number; event: EventOf<'assignment'> }
  | { type: 'gap'; key: string; at: number; event: EventOf<'gap'> }

export interface PaneView {
  consumer: Consumer
  /** The rows still held, oldest first. Index 0 is row number `dropped`. */
  rows: readonly PaneRow[]
  /** Rows no longer held. */
  dropped: number
  /** Arrivals ever seen here, those no longer held included. */
  arrivals: number
  /** Distinct messages among them. */
  messages: number
  /** Of those: acknowledged, committed, requeued or rejected. */
  settled: number
  /** Handed over and not settled, oldest first, as far as their rows are still held. */
  inHand: readonly DeliveryView[]
  /** Partitions it owns now, where there are any. */
  partitions: readonly number[]
  /** Rises with every change of this pane. */
  version: number
}

/** Counts of one destination since the stream's epoch began, as far as events tell. */
export interface LaneCounts {
  published: number
  unheard: number
  /** Refused or returned. */
  failed: number
  deliveries: number
  acknowledged: number
  redelivered: number
}

export interface LaneView {
  destination: Destination
  /** The destination's consumers in the order they joined, grouped consumers side by side. */
  consumers: readonly Consumer[]
  facts: { facts: Facts; at: number } | null
  counts: LaneCounts
  /** Messages told of here so far, from here or from outside, whatever became of them. */
  messages: number
  /** The groups that are sharing out partitions now, by name. */
  rebalancing: ReadonlyMap<string, EventOf<'assignment'>>
  mode: Mode
}

/** A system's newest load, and how many of its messages arrived at one consumer at least, as far as events tell. */
export type LoadView = LoadState & { seen: number }

/** The whole ledger's reading side. Everything returned is to be treated as immutable until the next `version`. */
export interface LedgerViews {
  readonly version: number
  readonly epoch: string | null
  readonly seq: number
  readonly destinations: readonly Destination[]
  readonly people: readonly Person[]
  broker(system: SystemId): BrokerStatus | undefined
  /** The system's destinations in order; a lane shows one of them. */
  lane(system: SystemId, destination: string): LaneView | undefined
  pane(consumerId: string): PaneView | undefined
  /** Undefined when it was never seen or is so old that it is no longer held. */
  message(messageId: string): MessageView | undefined
  /** The newest message, by number. */
  newest(): MessageView | undefined
  /** The ids of the messages last heard of, at most so many, newest first. Costs what it returns. */
  newestIds(limit: number): readonly string[]
  /** How many messages are held. */
  readonly messagesHeld: number
  trace(system: SystemId, destination: string, messageId: string | null): LaneTraceView
  load(system: SystemId): LoadView | undefined
  /** The newest events as they came, but for those that come by the clock (facts, people, load). */
  recent(): RecentView
  /** When the newest event happened, by the server's clock, milliseconds since the epoch; 0 before the first. */
  readonly lastAt: number
  /** The books behind the ledger strips (`tally.ts`), and the messages behind each of their numbers. */
  tally(system: SystemId, destination: string): LaneTally | undefined
  paneTally(consumerId: string): PaneTally | undefined
  behind(system: SystemId, destination: string, figure: LaneFigure): Behind
  behindPane(consumerId: string, figure: PaneFigure): Behind
  /** The lane's last minute before `now`, by the clock of the events. */
  meter(system: SystemId, destination: string, now: number): MeterView | undefined
  /** What an absent consumer has to expect; null when it is here or nothing is known. */
  absence(consumerId: string): AbsenceView | null
  /** Messages still held that match, newest first. */
  search(wish: SearchWish): SearchResult
  /** Events that are known to be missing, newest last. */
  readonly gaps: readonly EventOf<'gap'>[]
  readonly faults: readonly EventOf<'fault'>[]
}
