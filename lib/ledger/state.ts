import type { ModeManifest } from '#lib/brokers/contract.ts'
import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Evidence, SystemId } from '#lib/protocol/names.ts'
import type { Consumer, ConsumerState, Destination } from '#lib/protocol/room.ts'
import type { Marks } from './marks.ts'
import type { Meter } from './meter.ts'
import type { Bucket, Came, LaneBook, PaneBook } from './tally-state.ts'
import type { LaneTraceView } from './trace-views.ts'
import type {
  ContentView,
  DeliveryState,
  DeliveryView,
  EndView,
  LaneCounts,
  LaneView,
  LifeView,
  MessageView,
  PaneRow,
  PaneView,
} from './views.ts'

/**
 * The ledger's insides: mutable records, written by the reducers and never handed out. Each carries its last view and
 * drops it when it changes, so that a view is built only when somebody looks, and only for what changed.
 */

export interface Message {
  readonly id: string
  content: ContentView
  /** Characters of its text. */
  chars: number
  /** Its lives, linked by `sibling`: a list costs a third of an array's memory where most hold one to three. */
  firstLife: Life | null
  /** When it was first heard of: the earliest `at` of its events. */
  firstAt: number
  /** Arrivals it holds, plus one for itself. */
  weight: number
  /** Still in the store: an evicted one lives on in rows only. */
  held: boolean
  version: number
  view: MessageView | null
}

export interface Life {
  readonly message: Message
  readonly lane: Lane
  /** The event that was the first to tell of it. */
  readonly first: LifeEvent
  /** What the sender was told, by the event that told it; null before. */
  told: ReceiptEvent | null
  /** Its arrivals in order of learning, linked by `next`. */
  firstArrival: Arrival | null
  lastArrival: Arrival | null
  arrivals: number
  /** How many before those were let go. */
  earlier: number
  /** Settlements that were learned before their delivery. */
  early: EarlySettlement[] | null
  ended: EndView | null
  /** Where it counts, in which books; and what is known to have become of it while it waited. */
  bucket: Bucket | null
  book: LaneBook | null
  fate: 'lost' | 'unknown' | null
  /** How many had passed in the lane with it; 0: it has not, or is held against nobody. */
  pass: number
  /** Who had it, by pane and by audience (`tally.ts`). */
  hadBy: Marks
  audiences: Marks
  sibling: Life | null
  view: LifeView | null
}

/** An event that tells the sender what became of its message. */
export type ReceiptEvent = EventOf<'published' | 'refused' | 'returned' | 'unheard' | 'uncertain'>

export type SettledState = 'acknowledged' | 'requeued' | 'rejected'

export interface EarlySettlement {
  consumer: string
  delivery: number
  state: SettledState
  at: number
  evidence: Evidence
}

/** One arrival of one message at one consumer. What its event says is read there: a copy would cost more than a ledger has time for. */
export interface Arrival {
  readonly life: Life
  readonly pane: Pane
  readonly event: EventOf<'delivered'>
  readonly group: string | null
  state: DeliveryState
  /** Its offset where it has one, else -1. */
  readonly offset: number
  readonly ordinal: number
  /** When it came into its state, and how that is known; null while it is in its first. */
  movedAt: number | null
  movedBy: Evidence | null
  readonly came: Came
  /** It came out of the dead letters, and is nobody's in another's stead. */
  readonly dead: boolean
  /** Its row's number in the pane. */
  row: number
  /** Its row was drawn and has changed since. */
  stale: boolean
  /** The next arrival of the same life. */
  next: Arrival | null
  view: DeliveryView | null
}

export type EventRow = Exclude<PaneRow, { type: 'delivery' }>
export type Slot = Arrival | EventRow

/** A pane's rows: appended, dropped at the front, seen through an array that is replaced only when it changed. */
export interface Rows {
  slots: Slot[]
  /** Characters of each slot's text: kept beside them, since looking into the oldest ones is a walk through cold memory. */
  sizes: number[]
  /** Where the oldest row held lies in `slots`. */
  start: number
  /** The number of that row: how many are no longer held. */
  dropped: number
  chars: number
  /** The array handed out last, and the number of its first row. */
  drawn: readonly PaneRow[] | null
  drawnFrom: number
  /** Rows of `drawn` that have changed since. */
  changed: Arrival[]
}

export interface Pane {
  readonly id: string
  /** How many-th pane of its lane. */
  readonly index: number
  readonly lane: Lane
  consumer: Consumer
  /** In the room now, as opposed to known from its rows only. */
  listed: boolean
  /** The state the stream told last; null before the first. */
  told: { state: ConsumerState; reason: string | undefined } | null
  presence: Array<{ at: number; state: ConsumerState }>
  rows: Rows
  arrivals: number
  /** Distinct messages among them. */
  messages: number
  settled: number
  /** Handed over and not settled, by delivery number. */
  open: Map<number, Arrival>
  /** Built for the rows from number `inHandFrom` on. */
  inHand: readonly DeliveryView[] | null
  inHandFrom: number
  book: PaneBook
  version: number
  view: PaneView | null
}

/** What one group read of one partition and has not committed. */
export interface ReadMark {
  upTo: number
  /** When the newest commit was told, and by whom. */
  at: number
  evidence: Evidence
  queue: Arrival[]
  head: number
  sorted: boolean
}

export interface Group {
  assignment: EventOf<'assignment'> | null
  marks: Map<number, ReadMark>
}

export interface Lane {
  readonly system: SystemId
  readonly name: string
  destination: Destination | null
  /** What that destination is and can do; undefined where nobody knows. */
  modeManifest: ModeManifest | undefined
  panes: Map<string, Pane>
  /** Panes in the order in which their consumers joined. */
  order: Pane[]
  groups: Map<string, Group>
  facts: { facts: Facts; at: number } | null
  counts: LaneCounts
  /** Messages ever told of here. */
  messages: number
  book: LaneBook
  /** Lives of its bucket `waiting`. */
  waiting: Set<Life>
  meter: Meter
  /** Panes ever made here, and the groups and others that each get a copy, by name. */
  panesMade: number
  audiences: Map<string, number>
  countsView: LaneCounts | null
  consumersView: readonly Consumer[] | null
  rebalancing: ReadonlyMap<string, EventOf<'assignment'>>
  view: LaneView | null
  /** Rises with everything but messages that a trace depends on. */
  version: number
  /** Whether a message without key and headers is due to all, as of that version. */
  plainForAll: { version: number; answer: boolean } | null
  traced: { message: Message; messageVersion: number; laneVersion: number; view: LaneTraceView } | null
}
