import type { Address } from '#lib/protocol/address.ts'
import type { Seek, SettleVerb } from '#lib/protocol/command-schemas.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { FoundDestinations } from '#lib/protocol/found-destinations.ts'
import type { Evidence, Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { BrokerReason } from '#lib/protocol/status.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type { BrowsedPage, BrowseRequest } from './browse.ts'
import type { ConnectionRoute } from './connection-route.ts'
import type { Delivery } from './delivery.ts'
import type { Manifest } from './manifest.ts'
import type { DriverOptions } from './options.ts'

export type DriverStatus =
  | { status: 'connecting'; reason: BrokerReason; tries: number; nextTryAt?: number }
  /** `blocked`: why the broker takes no messages for now, though it answers. */
  | { status: 'up'; version: string; blocked?: string }
  | { status: 'down'; reason: BrokerReason; tries: number; nextTryAt?: number }

/** A destination by its name on the broker. */
export interface DestinationSpec {
  address: string
  mode: Mode
  settings: Settings
  /** False: use what exists and create it as a plain client would; never delete it on close. */
  owned: boolean
  /**
   * Other programs may use this name, and its helpers': what was there before is changed or deleted only when a person says
   * so. Absent: the names are this dashboard's own.
   */
  shared?: boolean
  /** False: when somebody deletes it on the broker it is gone until it is declared again, but for what a restart ended. */
  revives?: boolean
}

export interface Declared {
  /** The broker's view, in its own words, for the keep block's header: "durable", "3 partitions". */
  traits: string[]
  /** What was done differently from what was asked, and why; undefined when nothing was. */
  note?: string
  /** It was on the broker before: whoever made it, it is not ours to change or to delete unasked. */
  existed: boolean
  /** Settings as the broker has them, where those differ from what was asked for. */
  settings?: Settings
}

export interface OutgoingMessage {
  /** The room's id of the message: rides in metadata where the protocol has any. */
  messageId: string
  /** Exactly these bytes are the body. */
  body: Uint8Array
  key?: string
  headers?: Record<string, string>
  sender?: string
  /** As the mode's `messageSettings` parsed them, defaults filled in; absent: all defaults. */
  settings?: Settings
  /** When the room accepted it, Unix time in milliseconds. */
  sentAt: number
}

/**
 * What became of one publish; there is exactly one. Never rejects for a broker's or network's reason: those are outcomes.
 * `uncertain`: the connection ended before the receipt; the message may or may not have arrived and is not sent again. A
 * driver itself ends a connection of Redis or Kafka on which a receipt is overdue.
 */
export type Receipt =
  | {
      outcome: 'published'
      evidence: Evidence
      at: number
      address?: Address
      heardBy?: number
      transaction?: 'committed' | 'aborted'
    }
  | { outcome: 'unheard'; evidence: Evidence; at: number }
  | { outcome: 'returned'; evidence: Evidence; at: number; replyCode: number; reason: string }
  | { outcome: 'refused'; evidence: Evidence; at: number; reason: string }
  | { outcome: 'uncertain'; evidence: Evidence; at: number; reason: string }

export interface ConsumerSpec {
  /** Its name in the room; also its consumer tag, client name or client id on the broker, with `address` prefixed where those are global. */
  name: string
  address: string
  mode: Mode
  /** The group's name on the broker. */
  group?: string
  settings: Settings
  /**
   * Its destination was gone since it was last attached, and is another one now: a log, of which it never had anything, is read
   * from its beginning, wherever its settings would start.
   */
  madeAgain?: boolean
  route?: ConnectionRoute
}

/** What happens at one consumer, in order. */
export type ConsumerEvent =
  | Delivery
  | {
      type: 'acknowledged' | 'requeued' | 'rejected'
      delivery: number
      evidence: Evidence
      at: number
      reason?: string
    }
  /**
   * It was given up on and went, or goes, to the dead letters. Emitted before the `rejected` of the same arrival, if any,
   * whose `delivery` it then names; else it has the `body`.
   */
  | {
      type: 'dead-lettered'
      delivery?: number
      body?: Uint8Array
      messageId: string | null
      identity: string
      to: string
      reason: string
      attempts: number | null
      evidence: Evidence
      at: number
    }
  | { type: 'committed'; group: string; partition: number; upTo: string; evidence: Evidence; at: number }
  /** It was away and back by itself: what was sent between is lost (or comes again, where the system keeps). */
  | { type: 'gap'; reason: 'resubscribed' | 'lagging' | 'broker-restarted'; awayMs: number; at: number }
  /**
   * `missed` positions between what a reader of a log had and what comes next hold nothing for it. `retention`: removed, by
   * age, by size or by somebody; `compaction`: a newer message has the key; `transaction`: markers, and what was aborted.
   */
  | {
      type: 'gap'
      reason: 'retention' | 'compaction' | 'transaction'
      missed: number
      partition?: number
      awayMs: number
      at: number
    }
  /** Its state as the driver knows it. `attached` again after an outage means that it misses nothing from now on. */
  | {
      type: 'state'
      state: 'attaching' | 'attached' | 'crashed' | 'detached'
      reason?: string
      evictedAt?: number
      at: number
    }

/** How one group's partitions are assigned to this process's consumers. */
export interface AssignmentChange {
  address: string
  group: string
  phase: 'rebalancing' | 'stable'
  generation: number | null
  cause?: { what: 'join' | 'leave' | 'evict' | 'lost' | 'unknown'; consumer?: string }
  members: Array<{ consumer: string; partitions: number[] }>
  durationMs?: number
  evidence: Evidence
  at: number
}

/** A live consumer: one real client connection of its own. Its owner ends it with `leave` or `crash`. */
export interface AttachedConsumer {
  readonly spec: ConsumerSpec
  /**
   * Takes no more messages in and processes none, as its system does it (the glossary names the files), and stays connected.
   * It ends with the attachment: the room, which remembers it, pauses the consumer again after an outage. Idempotent.
   */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Leaves politely: whatever it has not settled goes back where the system puts it. Idempotent. */
  leave(): Promise<void>
  /**
   * Destroys its own connection without a goodbye. Receives and emits nothing more but `state`. Resolves once the
   * socket is gone (not once the broker noticed). Idempotent.
   */
  crash(): Promise<void>
  /** Changes settings that can change while attached; throws AppError `not-capable` for others. */
  update(settings: Settings): Promise<void>
  /**
   * Settles a delivery in hand whose consumer decides by hand. Throws AppError `delivery-not-found` when it is not in
   * hand here (settled, or gone with its connection), `not-capable` where nothing is settled or another power decides,
   * `wrong-state` on RabbitMQ while it is paused.
   */
  settle(delivery: number, verb: SettleVerb): Promise<void>
  /**
   * Moves its group past the record of this delivery, which it is failing at or is processing now. Where its mode `can` skip.
   * Throws AppError `delivery-not-found` when it is at work on another one by now.
   */
  skip?(delivery: number): Promise<void>
  /** Reads on from there; what lies between is not delivered. Throws AppError `not-capable` where nothing is kept. */
  seek(position: Seek): Promise<void>
}

/** Trouble that belongs to no caller, in plain words: of the whole broker, of one destination, or of one consumer. */
export interface DriverFault {
  address?: string
  consumer?: string
  code: string
  text: string
}

/**
 * A connection to one broker that opens and keeps itself open. Made by a `createDriver(url)` factory; `close` ends
 * everything it started. Topology is data: declared destinations and attached consumers are re-established after any
 * loss of connection, channel or consumer, without the caller's doing, and `state` events report it.
 */
export interface Driver {
  readonly manifest: Manifest
  /** Starts connecting; returns at once. `onStatus` reports progress. */
  open(): void
  /** Tries now instead of at the next due time. Does nothing while up. */
  retry(): void
  readonly status: DriverStatus
  onStatus(listener: (status: DriverStatus) => void): Unsubscribe
  onAssignment(listener: (change: AssignmentChange) => void): Unsubscribe
  onFault(listener: (fault: DriverFault) => void): Unsubscribe

  /**
   * Makes sure that it exists. Throws AppError `broker-down`, or `broker-refused` with the broker's reason in
   * `detail.reason`; what it had made by then is deleted by `remove`.
   */
  declare(spec: DestinationSpec): Promise<Declared>
  /**
   * Changes what can be changed while it is in use; the spec's settings are whole. `named` are the settings that a person
   * named: no other changes on the broker. Absent: those that differ from before. Throws AppError `not-capable` with the reason for
   * what the broker fixes for good, `broker-refused` with the broker's own.
   */
  alter(spec: DestinationSpec, named?: readonly string[]): Promise<Declared>
  /** A declared one as the broker has it now, where other programs can change it there. Throws AppError. */
  describe?(address: string): Promise<Pick<Declared, 'traits' | 'settings'>>
  /**
   * What is on the broker that could be declared here, whoever made it: of the addresses that are `wanted` the first `limit`,
   * without what brokers and clients keep for themselves. Reads and changes nothing of it. Throws AppError `broker-down`,
   * and `not-capable` where this broker cannot be asked.
   */
  list(wanted: (address: string) => boolean, limit: number): Promise<FoundDestinations>
  /**
   * Deletes it (and the groups and helpers made for it) from the broker when it was `owned`, and forgets it. `keep`: leaves
   * it there all the same, but for helpers that were made for it here. When it throws, nothing is forgotten: it can be asked
   * again.
   */
  remove(address: string, options?: { keep?: boolean }): Promise<void>

  /** Throws AppError `broker-down` at once when not up: nothing is queued. Sends to one destination keep their order. */
  publish(address: string, message: OutgoingMessage): Promise<Receipt>

  /**
   * Resolves once attached: nothing published from now on is missed. Throws `broker-down`, `broker-refused`, `broker-timeout`.
   * Events arrive through `listener`, in order, possibly before this resolves.
   */
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer>

  /** Cheap enough for twice a second. Throws AppError `broker-down`; `destination-not-found` when the broker has it no longer. */
  facts(address: string): Promise<Facts>

  /**
   * A page of what a destination keeps. Consumes nothing, settles nothing, moves no position and leaves nobody behind who
   * counts as a consumer. Ends within seconds, with what it read by then. Throws AppError `broker-down`,
   * `destination-not-found`, `invalid` for a position of another kind; `not-capable` where `can.browse` says so.
   */
  browse(address: string, request: BrowseRequest): Promise<BrowsedPage>

  /** Idempotent; leaves consumers, waits for receipts due within the deadline, closes in reverse order, then cuts. */
  close(deadlineMs?: number): Promise<void>
}

export type CreateDriver = (options: DriverOptions) => Driver
