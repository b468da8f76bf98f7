import type { ModeManifest } from '#lib/brokers/contract.ts'
import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Metadata } from '#lib/protocol/metadata.ts'
import type { Evidence, SystemId } from '#lib/protocol/names.ts'
import type { Consumer, ConsumerState, Destination } from '#lib/protocol/room.ts'
import type { IndexSet } from '#lib/util/index-set.ts'
import type { NumberRuns } from '#lib/util/number-runs.ts'
import type { ArrivalKind, Bucket, DestinationTally, Meter, PaneTally } from './counters.ts'
import type { TraceView } from './trace-views.ts'
import type {
  ContentView,
  DeliveryState,
  DeliveryView,
  DestinationCounts,
  DestinationView,
  EndView,
  LifeView,
  MessageView,
  PaneRow,
  PaneView,
} from './views.ts'

/**
 * The ledger's mutable records, written by the reducers and never handed out. Each caches its last view and drops it
 * when it changes, so that a view is built only when somebody looks, and only for what changed.
 */

export interface Message {
  readonly id: string
  content: ContentView
  /** Characters of its content, and of what its lives carried beside it. */
  chars: number
  /** Its lives, linked by `sibling`: where most messages hold one to three, a linked list takes a third of an array's memory. */
  firstLife: Life | null
  /** The earliest `at` of its events. */
  firstAt: number
  /** Arrivals it holds, plus one for itself. */
  weight: number
  /** The number of its newest event. */
  lastSeq: number
  /** Still in the store; an evicted one is kept by its rows only. */
  held: boolean
  version: number
  view: MessageView | null
}

export interface Life {
  readonly message: Message
  readonly destination: DestinationRecord
  /** The first event about it. */
  readonly first: LifeEvent
  /** The event that reported what became of the publish; null before. */
  receipt: ReceiptEvent | null
  /** Its arrivals in order of learning, linked by `next`. */
  firstArrival: Arrival | null
  lastArrival: Arrival | null
  arrivals: number
  /** How many older ones were let go of. */
  earlier: number
  /** What rode beside the body of a message of ours, as the newest arrival that shows it carried it. */
  carried: Metadata | null
  /** Settlements that were learned before their delivery. */
  early: EarlySettlement[] | null
  ended: EndView | null
  /** Where it counts, in which tally; and what is known to have become of it while it waited. */
  bucket: Bucket | null
  tally: DestinationTally | null
  /** Where it counted when events of it were let go of, or are missing; null while all of it is held. */
  countedBefore: Bucket | null
  waitEnded: 'lost' | 'unknown' | null
  /** Its number among the messages that passed the destination; 0: it has not passed, or nobody counts it as missed. */
  passNumber: number
  /** The number of its receipt at the destination; 0: that is not known. */
  receiptNumber: number
  /** Who received it, by pane and by audience (`counters/tally.ts`). */
  receivedBy: IndexSet
  audiences: IndexSet
  sibling: Life | null
  view: LifeView | null
}

/** An event that reports what became of a publish. */
export type ReceiptEvent = EventOf<'published' | 'refused' | 'returned' | 'unheard' | 'uncertain'>

export type SettledState = 'acknowledged' | 'requeued' | 'rejected'

export interface EarlySettlement {
  consumer: string
  delivery: number
  state: SettledState
  at: number
  evidence: Evidence
  reason: string | undefined
}

/** One arrival of one message at one consumer. What its event says is read there: copying it would take too much time. */
export interface Arrival {
  readonly life: Life
  readonly pane: Pane
  readonly event: EventOf<'delivered'>
  readonly group: string | null
  state: DeliveryState
  /** Its offset where it has one, else -1. */
  readonly offset: number
  readonly ordinal: number
  /** When it entered its state, and how that is known; null while it is in its first. */
  movedAt: number | null
  movedBy: Evidence | null
  /** Why it entered it, where the event says so. */
  reason: string | null
  readonly kind: ArrivalKind
  /** A reader of dead letters got it: it does not count as one of the message's recipients. */
  readonly fromDeadLetters: boolean
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
  /** Characters of each slot's text: kept here because reading them from the oldest slots misses the processor's cache. */
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
  /** Its number among the panes of its destination, from 0. */
  readonly index: number
  readonly destination: DestinationRecord
  consumer: Consumer
  /** In the room now, as opposed to known from its rows only. */
  listed: boolean
  /** The state that the stream reported last; null before the first. */
  reported: { state: ConsumerState; reason: string | undefined } | null
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
  tally: PaneTally
  /** By number what arrived here, of messages that are no longer held (`counters/released-messages.ts`). */
  received: Map<number, Uint8Array>
  version: number
  view: PaneView | null
}

/** What one group has committed in one partition, and what it has read beyond that. */
export interface PartitionProgress {
  upTo: number
  /** When the newest commit happened, and how that is known. */
  at: number
  evidence: Evidence
  queue: Arrival[]
  head: number
  sorted: boolean
}

export interface Group {
  assignment: EventOf<'assignment'> | null
  partitions: Map<number, PartitionProgress>
}

/** What is remembered of messages that are no longer held: a few bytes each, by number (`counters/released-messages.ts`). */
export interface ReleasedMessages {
  chunks: Map<number, ReleasedChunk>
  /** How many of the messages count as waiting, and when the newest of those was written. */
  waiting: number
  newestWaitingAt: number
  /** How many of the waiting ones only the server has counted, so that nobody here knows which they are. */
  serverCounted: number
  /** The receipt numbers of those that wait still; null where the server did not report them. */
  serverCountedReceipts: NumberRuns | null
  /** Where they count since their wait ended; null while it has not. */
  serverCountedOutcome: 'lost' | 'unknown' | null
}

/** For 4,096 numbers in a row: where each message counts, and how many messages had passed before it. */
export interface ReleasedChunk {
  buckets: Uint8Array
  /** Null where nobody counts what passes. */
  passNumbers: Uint32Array | null
  /** Of messages that wait for those who were there when they were written; null where the system keeps what is sent. */
  receiptNumbers: Uint32Array | null
}

/** One destination with its panes, groups and counts. */
export interface DestinationRecord {
  readonly system: SystemId
  readonly name: string
  /** The destination as the room has it; null while the room has none of this name. */
  declared: Destination | null
  /** What that destination is and can do; undefined where that is not known. */
  modeManifest: ModeManifest | undefined
  /** What its system's classic destination is and can do: the best guess while the room has none of this name. */
  readonly classicMode: ModeManifest | undefined
  panes: Map<string, Pane>
  /** Panes in the order in which their consumers joined. */
  order: Pane[]
  groups: Map<string, Group>
  facts: { facts: Facts; at: number } | null
  counts: DestinationCounts
  /** Messages that any event here was about. */
  messages: number
  tally: DestinationTally
  /** Lives in the bucket `waiting`. */
  waiting: Set<Life>
  /** What is remembered of messages that are no longer held. */
  released: ReleasedMessages
  meter: Meter
  /** Panes ever made here, and by name the groups that each are due a copy. */
  panesMade: number
  audiences: Map<string, number>
  countsView: DestinationCounts | null
  consumersView: readonly Consumer[] | null
  rebalancing: ReadonlyMap<string, EventOf<'assignment'>>
  view: DestinationView | null
  /** Rises with every change, other than of messages, that a trace depends on. */
  version: number
  /** Whether a message without key and headers is due to all, as of that version. */
  plainForAll: { version: number; answer: boolean } | null
  traced: { message: Message; messageVersion: number; destinationVersion: number; view: TraceView } | null
}
