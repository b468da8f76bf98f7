import type { Address } from '#lib/protocol/address.ts'
import type { Content, EventOf, RoomEvent } from '#lib/protocol/events.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Metadata, MetadataField } from '#lib/protocol/metadata.ts'
import type { Evidence, Mode, SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Destination, LoadState, Person } from '#lib/protocol/room.ts'

/** What the ledger computes from a room's events. Plain data, independent of how the screen words it. */

/** A message's content as far as it is known: what a pane's row shows. `null` = not known. */
export interface ContentView {
  messageId: string
  number: number | null
  text: string | null
  /** Base64 of the body when it was not valid UTF-8. */
  bytes: string | null
  /** Bytes at the body's end that the event left out; 0 when it is whole. */
  omittedBytes: number
  /** Why the body could not be read; `text` is empty then. */
  unreadable: { readonly reason: string; readonly records: number } | null
  /** The body was null, which is not an empty one. */
  nullBody: boolean
  /** What `bytes` are an encoding of; `text` then says so in words. */
  encoding: NonNullable<Content['encoding']> | null
  sender: string | null
  senderColour: number | null
  key: string | null
  /** Base64 of the key when it was not valid UTF-8. */
  keyBytes: string | null
  omittedKeyBytes: number
  headers: Readonly<Record<string, string>> | null
  /** What else rode beside an outside message's body. */
  fields: readonly MetadataField[] | null
  omittedFields: number
  outside: boolean
  /** The number of the message of ours whose id an outside message bears. */
  bearsIdOf: number | null
  sentAt: number | null
  /** The load run that made it. */
  load: string | null
  /** Where it was sent, when it was sent to several systems at once. */
  sentTo: ReadonlyArray<{ readonly system: SystemId; readonly destination: string }> | null
}

/** A message with everything that happened to it. A new object whenever any of it changed. */
export interface MessageView extends ContentView {
  /** One life for each system it was sent to (or came from). */
  lives: ReadonlyMap<SystemId, LifeView>
}

/** What became of one publish. `pending`: accepted, no receipt yet. */
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
  /** Written by a program outside: no receipt came here. */
  | { state: 'outside' }

/** How the broker ended a life that no consumer settled. */
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
  receiptSource: { at: number; evidence: Evidence } | null
  /** The arrivals still held, in order of learning. */
  deliveries: readonly DeliveryView[]
  /** Arrivals before those, no longer held. */
  earlier: number
  /** What rode beside the body of a message of ours, as this system carried it last; null where no arrival shows it. */
  carried: Metadata | null
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
  /** Which arrival at this consumer it was, counted from 1. */
  ordinal: number
  /** When it entered its present state, how that is known, and why where its consumer said so; null while it is as it arrived. */
  moved: { at: number; evidence: Evidence; reason?: string } | null
}

/**
 * A row of a pane: an arrival, or something that happened to the consumer itself. Rows are never changed: an arrival
 * whose state or content changed is a new object under the same `key`, all other rows stay the same objects.
 */
export type PaneRow =
  | { type: 'delivery'; key: string; message: ContentView; delivery: DeliveryView }
  /** `held`: how many messages it had unacked until then. */
  | { type: 'state'; key: string; at: number; event: EventOf<'consumer'>; held: number }
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
  /** Where it cannot get past a record of a log: the newest arrival of each such record, which it reads again and again. */
  failing: readonly DeliveryView[]
  /** Partitions it owns now, where there are any. */
  partitions: readonly number[]
  /** Rises with every change of this pane. */
  version: number
}

/** Counts of one destination since the stream's epoch began, as far as events say. */
export interface DestinationCounts {
  published: number
  unheard: number
  /** Refused or returned. */
  failed: number
  deliveries: number
  acknowledged: number
  redelivered: number
}

export interface DestinationView {
  destination: Destination
  /** The destination's consumers in the order they joined, grouped consumers side by side. */
  consumers: readonly Consumer[]
  facts: { facts: Facts; at: number } | null
  counts: DestinationCounts
  /** Messages that any event here was about, from here or from outside. */
  messages: number
  /** The groups that are rebalancing now, by name. */
  rebalancing: ReadonlyMap<string, EventOf<'assignment'>>
  mode: Mode
}

/** A system's newest load, and how many of its messages arrived at one consumer at least, as far as events say. */
export type LoadView = LoadState & { seen: number }

/** Somebody joined or left the room, or goes by another name now. */
export interface PersonChangeView {
  key: string
  at: number
  what: 'joined' | 'left' | 'renamed'
  person: Person
  /** The name before; null unless it changed. */
  nameBefore: string | null
}

/** One line of a room's conversation. */
export type ConversationEntry =
  | { type: 'message'; key: string; at: number; message: MessageView }
  /** Messages of loads that follow one another, by the numbers of the first and the last. */
  | { type: 'load'; key: string; at: number; count: number; first: number | null; last: number | null }
  /** Who joined, left or took another name, one after another. */
  | { type: 'people'; key: string; at: number; changes: readonly PersonChangeView[] }

export interface ConversationView {
  entries: readonly ConversationEntry[]
  /** Older messages are held that are not listed. */
  earlier: boolean
}

/** The newest events of a room, in the order in which they were learned. */
export interface RecentEventsView {
  events: readonly RoomEvent[]
  /** How many earlier ones are no longer held. */
  dropped: number
}
