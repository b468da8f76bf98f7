import type { Driver } from '#lib/brokers/contract.ts'
import type {
  AddConsumer,
  AddDestination,
  CommandArguments,
  ConsumerCommand,
  Position,
  Publish,
  PublishReply,
  StartLoad,
} from '#lib/protocol/commands.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Destination, LoadState, Person, RoomSnapshot, Settings } from '#lib/protocol/room.ts'
import type { BrokerStatus, Health } from '#lib/protocol/status.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

/**
 * What the outside (sockets, HTTP, the composition root) may do with rooms. All failures are `AppError`s whose codes
 * `lib/protocol/errors.ts` lists.
 */
export interface Rooms {
  readonly epoch: string
  /** Throws `room-not-found`. Does not wake it. */
  get(name: string): Room
  names(): string[]
  /** Creates a room with the classic three destinations, prefixed; returns the existing one when there is one. */
  create(name: string): Promise<{ room: Room; created: boolean }>
  /** Closes it and removes all that is its own from the brokers. Throws `lobby-stays`, `room-not-found`. */
  remove(name: string): Promise<void>
  /** Every event of every room the moment it is numbered. */
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe
  health(): Health
  brokers(): BrokerStatus[]
  retryBroker(system: SystemId): void
  /** Idempotent. Sleeps every room; the brokers' connections are closed by whoever opened them. */
  close(): Promise<void>
}

export interface EventsPage {
  events: RoomEvent[]
  seq: number
  epoch: string
}

export interface Room {
  readonly name: string
  snapshot(): RoomSnapshot
  /** A page of at most `limit` events after `since`; begins with a `gap` where they are not held or of another epoch. */
  eventsSince(since: Position, limit: number): EventsPage
  /** Every event the moment it is numbered, in order. */
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe
  onClosed(listener: () => void): Unsubscribe

  /** Somebody looks: keeps the room awake (waking it) until released. */
  watch(): Unsubscribe
  /** A request named the room: wakes it, and keeps it awake for the idle time. */
  touch(): void
  /** Resolves once its consumers are attached as far as their brokers are up. */
  awake(): Promise<void>

  enter(person: Person): Unsubscribe
  updatePerson(person: Person): void

  /** Accepts at once per system, without waiting for receipts (except for a waking room, see WAKE_WAIT_MS). */
  publish(input: Publish, senderColour?: number): Promise<PublishReply>
  addDestination(input: AddDestination): Promise<Destination>
  updateDestination(id: string, settings: Settings): Promise<Destination>
  removeDestination(id: string): Promise<void>
  addConsumer(input: AddConsumer): Promise<Consumer>
  updateConsumer(id: string, settings: Settings): Promise<Consumer>
  removeConsumer(id: string): Promise<void>
  commandConsumer(id: string, command: ConsumerCommand, given?: CommandArguments): Promise<Consumer>
  startLoad(input: StartLoad): LoadState
  stopLoad(system?: SystemId): void
}

/**
 * The process's brokers: for each system what the launcher says until there is a URL, then what its driver says.
 * The composition root fills them in; rooms read them.
 */
export interface BrokerSlots {
  readonly systems: readonly SystemId[]
  status(system: SystemId): BrokerStatus
  /** The driver once there is one, connected or not. */
  driver(system: SystemId): Driver | undefined
  onStatus(listener: (status: BrokerStatus) => void): Unsubscribe
  onDriver(listener: (system: SystemId, driver: Driver) => void): Unsubscribe
  retry(system: SystemId): void
}
