import type { Driver } from '#lib/brokers/contract.ts'
import type { BrowsePage, KeptPage } from '#lib/protocol/browse-commands.ts'
import type {
  AddConsumer,
  AddDestination,
  CommandArguments,
  ConsumerCommand,
  Position,
  Publish,
  PublishReply,
  StartLoad,
} from '#lib/protocol/command-schemas.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { BrokerFault, ConsumerFault, MadeFault } from '#lib/protocol/faults.ts'
import type { FoundDestinations } from '#lib/protocol/found-destinations.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonMove, RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type {
  Consumer,
  Destination,
  LoadState,
  Person,
  RoomSnapshot,
  SeatRules,
  Settings,
  Shown,
} from '#lib/protocol/room.ts'
import type { ListedRoom } from '#lib/protocol/room-making-commands.ts'
import type { SavedScene, Scene } from '#lib/protocol/scene.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import type { BrokerStatus, Health } from '#lib/protocol/status.ts'
import type { OpenVote, RevealVote, Vote } from '#lib/protocol/vote.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

export type { NamesToPersist, PersistedName } from './persisted-gathering.ts'

/**
 * What sockets, HTTP and the composition root may do with rooms. Whatever asks or changes returns a promise, so that a room
 * may live in another process; subscriptions and their ends are one-way and take effect at once (decision 018). All
 * failures are `AppError`s with codes of `lib/protocol/errors.ts`.
 */
export interface Rooms {
  readonly epoch: string
  /** Throws `room-not-found`. Does not wake the room. */
  get(name: string): Promise<Room>
  names(): Promise<string[]>
  /** The room with this join code, in a time that says nothing about how near a wrong one is. Does not wake it. */
  withCode(code: string): Promise<Room | undefined>
  /** The lobby first, then by name. */
  list(): Promise<ListedRoom[]>
  /**
   * Creates a room of a scene, with the classic three destinations where none is given, prefixed; returns the existing one
   * when there is one. Throws `invalid` with the faults of the scene, `name-taken`, `too-many`; then there is no such room.
   */
  create(name: string, start?: RoomStart): Promise<{ room: Room; created: boolean }>
  /** Closes a room and removes all that is its own from the brokers. Throws `lobby-stays`, `room-not-found`. */
  remove(name: string): Promise<void>
  /** Every event of every room as soon as it is numbered. */
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe
  health(): Promise<Health>
  brokers(): Promise<BrokerStatus[]>
  /**
   * What is on a broker, the room's own aside. Throws `system-not-found`, `broker-down`, and `not-capable` where a broker
   * cannot be asked.
   */
  destinationsOn(system: SystemId): Promise<FoundDestinations>
  /** Throws `system-not-found`. */
  retryBroker(system: SystemId): Promise<void>
  /**
   * Makes a fault on a broker, or ends it; every room's stream gets its mark. `by`: who does it, by name. Throws
   * `system-not-found`, `not-ours`, `wrong-state`, `broker-timeout`.
   */
  faultBroker(system: SystemId, fault: BrokerFault, by?: string): Promise<BrokerStatus>
  /** Idempotent. Lets every room's consumers leave; the brokers' connections are closed by whoever opened them. */
  close(): Promise<void>
}

/** What a room is made of: the classic three where nothing is said. */
export interface RoomStart {
  scene?: 'classic' | 'empty' | Scene | undefined
  /** The text of a scene file, instead of `scene`. */
  sceneFile?: string | undefined
  /** A lesson that begins in the room, which is made of its scene. */
  lesson?: LessonToOpen | undefined
}

/** What a room has to know of a lesson. */
export interface LessonToOpen {
  name: string
  title: string
  /** How many steps it has on the screen. */
  steps: number
  scene: Scene
  /** The ids of the consumers that people play; absent where they sit beside them, each with a consumer of their own. */
  parts?: string[]
  /** The lesson itself, where its file was brought into the room and nobody else has it. */
  own?: Lesson
}

/** Who sends, where that is known. */
export interface Publisher {
  readonly id: string
  readonly colour?: number
}

export type SeatOwner = Pick<Person, 'id' | 'name'>

export interface HeldSeat {
  consumer: Consumer
  /**
   * Whoever took the seat holds it no longer. The last one who was `lost` takes its connection along without a goodbye, and
   * the seat is kept a while; the last one who `left` gives it up. Idempotent.
   */
  release(how: 'left' | 'lost'): void
}

export interface EventsPage {
  events: RoomEvent[]
  seq: number
  epoch: string
}

/** Who may come into a room, and what is whose. */
export interface RoomAccess {
  /** By which people join. */
  readonly code: string
  /** What this person sends is refused as `muted` from now on, or no more. Throws `person-not-found`. */
  mute(personId: string, muted: boolean): Promise<void>
  /** Puts the person out for as long as the room lives: they are not present any more. Throws `person-not-found`. */
  remove(personId: string): Promise<void>
  hasRemoved(personId: string): Promise<boolean>
  /** Reports the id of each person who is removed. */
  onRemoved(listener: (personId: string) => void): Unsubscribe
  /** Whose consumer it is; undefined where it belongs to no person. Throws `consumer-not-found`, `ambiguous-name`. */
  ownerOf(idOrName: string): Promise<string | undefined>
}

/** One room. A consumer or destination is named by its id or by its name (`ambiguous-name` where several have it). */
export interface Room {
  readonly name: string
  readonly access: RoomAccess
  /** Contains the effect of every event up to its `seq`, and of none after it. */
  snapshot(): Promise<RoomSnapshot>
  /**
   * A page of at most `limit` events after `since`, and about `maxBytes` of them (one event at least); begins with a `gap`
   * where they are not held or of another epoch.
   */
  eventsSince(since: Position, limit: number, maxBytes?: number): Promise<EventsPage>
  /** Every event as soon as it is numbered, in order. */
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe
  /** The room was removed. */
  onClosed(listener: () => void): Unsubscribe

  /** The room as it is now, as a scene. */
  scene(): Promise<SavedScene>
  /**
   * Brings it back to the scene that it was made of: removes its destinations from the brokers and makes the scene's again.
   * What others made stays, with what it holds, and so do the lobby's own. Resolves once they are declared and consumers
   * attached. Throws `broker-down` (then nothing has changed), and what a driver throws for what could not be removed.
   */
  reset(): Promise<void>

  /**
   * Begins a lesson: the room is made of the lesson's scene from now on, and brought back to it. Throws `lobby-stays`, and
   * what `reset` throws. `by`: who asked for it.
   */
  openLesson(lesson: LessonToOpen, by?: string): Promise<RoomLesson>
  /** The lesson that goes on and whose file was brought into the room; null where there is none. */
  ownLesson(): Promise<Lesson | null>
  /** Throws `wrong-state` when no lesson goes on, or another run than the one named. */
  moveLesson(move: LessonMove, by?: string): Promise<RoomLesson>
  /** Idempotent. */
  closeLesson(): Promise<void>

  /** Somebody watches: wakes the room and keeps it awake until the returned function is called. */
  watch(): Promise<Unsubscribe>
  /** A request named the room: wakes it, and keeps it awake for the idle time. */
  touch(): Promise<void>
  /** Resolves once the room's consumers are attached, as far as their brokers are up. */
  awake(): Promise<void>

  /** The person is present until the returned function is called. Throws `too-many`, `person-removed`. */
  enter(person: Person): Promise<Unsubscribe>
  updatePerson(person: Person): Promise<void>
  /** The person leads until the returned function is called, leaves, or somebody calls this again. */
  show(personId: string, shows: Shown): Promise<Unsubscribe>

  /**
   * The person's seat: the one they have, or a new one, attached as far as its broker is up. Throws `destination-not-found`,
   * `too-many`, and `not-capable` for a choice that the room does not allow.
   */
  takeSeat(person: SeatOwner, asked: TakeSeat): Promise<HeldSeat>
  /** The person's seat leaves politely, whoever holds it. Does nothing without one. */
  leaveSeat(personId: string): Promise<void>
  /** Its connection ends without a goodbye. Throws `wrong-state` without a seat, and what a crash throws. */
  dropSeat(personId: string): Promise<Consumer>
  updateSeats(rules: SeatRules): Promise<SeatRules>

  /**
   * Hands the message to each system's driver before anything else may run, so that messages keep their order. Resolves
   * without waiting for receipts; only for a waking room it may wait first (see `WAKE_WAIT_MS`). Throws `muted` for a person
   * who is.
   */
  publish(input: Publish, by?: Publisher): Promise<PublishReply>
  /** `by`: the id of the person who adds it. */
  addDestination(input: AddDestination, by?: string): Promise<Destination>
  /** `confirmed`: also where it was on the broker before, which is refused with `existed-before` otherwise. */
  updateDestination(idOrName: string, settings: Settings, confirmed?: boolean): Promise<Destination>
  /** Declares one anew that somebody deleted on the broker. */
  declareDestination(idOrName: string): Promise<Destination>
  /**
   * A page of what it keeps; nothing is consumed. Throws `not-capable` where its broker cannot show that, `rate-limited`,
   * `invalid`, `broker-down`, `broker-timeout`.
   */
  browse(idOrName: string, page: BrowsePage): Promise<KeptPage>
  removeDestination(idOrName: string): Promise<void>
  addConsumer(input: AddConsumer, by?: string): Promise<Consumer>
  updateConsumer(idOrName: string, settings: Settings): Promise<Consumer>
  removeConsumer(idOrName: string): Promise<void>
  commandConsumer(
    idOrName: string,
    command: ConsumerCommand,
    given?: CommandArguments,
    by?: string,
  ): Promise<Consumer>
  /**
   * Makes a fault on the line between a consumer and its broker, or ends it. For its first one it leaves and attaches again,
   * through a proxy. Throws `wrong-state` for a consumer that is not attached, and what attaching throws.
   */
  faultConsumer(idOrName: string, fault: ConsumerFault, by?: string): Promise<Consumer>
  startLoad(input: StartLoad): Promise<LoadState>
  stopLoad(system?: SystemId): Promise<void>

  /** Asks the people of the room. Throws `vote-open`. */
  openVote(asked: OpenVote): Promise<Vote>
  /** The person's one vote, in place of any before. Throws `vote-closed`, `invalid`, `too-many`. */
  castVote(person: Person, choice: number): Promise<void>
  /** Ends voting and counts. `right` may follow in a second call. Throws `vote-closed`, `invalid`. */
  revealVote(given: RevealVote): Promise<Vote>
  /** Takes the question away. Idempotent. */
  closeVote(): Promise<void>
}

/**
 * The process's brokers: for each system the launcher's status until there is a driver, then the driver's. The composition
 * root fills them in; rooms read them.
 */
export interface BrokerSlots {
  readonly systems: readonly SystemId[]
  status(system: SystemId): BrokerStatus
  /** The driver once there is one, connected or not. */
  driver(system: SystemId): Driver | undefined
  onStatus(listener: (status: BrokerStatus) => void): Unsubscribe
  onDriver(listener: (system: SystemId, driver: Driver) => void): Unsubscribe
  retry(system: SystemId): void
  /** Throws `system-not-found`, `not-ours`, `wrong-state`, `broker-timeout`. */
  fault(system: SystemId, fault: BrokerFault, by?: string): Promise<void>
  /** A fault on a broker began or ended. */
  onMadeFault(listener: (system: SystemId, made: MadeFault) => void): Unsubscribe
}
