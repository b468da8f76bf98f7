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
import { AppError } from '#lib/protocol/errors.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { ConsumerFault } from '#lib/protocol/faults.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonMove, RoomLesson } from '#lib/protocol/lesson-state.ts'
import { LOBBY } from '#lib/protocol/lobby.ts'
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
import type { SavedScene } from '#lib/protocol/scene.ts'
import type { TakeSeat } from '#lib/protocol/seat-commands.ts'
import type { OpenVote, RevealVote, Vote } from '#lib/protocol/vote.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import type {
  EventsPage,
  HeldSeat,
  LessonToOpen,
  Publisher,
  Room,
  RoomAccess,
  SeatOwner,
} from './contract.ts'
import { accessTo } from './room-access.ts'
import type { RoomConsumer } from './room-consumer.ts'
import { RoomEnd } from './room-end.ts'
import { type RoomOptions, RoomParts } from './room-parts.ts'
import { snapshotOf } from './room-snapshot.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'
import { attachedConsumer, pendingDeclared } from './waking.ts'

/** A room in this process, with the means to close it, which only its owner has. See `Room` for what its methods guarantee. */
export class LocalRoom implements Room {
  readonly name: string
  readonly access: RoomAccess
  /** For its owner. */
  readonly parts: RoomParts
  private readonly ending: RoomEnd

  constructor(options: RoomOptions) {
    this.name = options.name
    this.parts = new RoomParts(options)
    this.ending = new RoomEnd(this.parts)
    this.access = accessTo(this.parts, options.code)
  }

  async snapshot(): Promise<RoomSnapshot> {
    return snapshotOf(this.parts)
  }

  async eventsSince(since: Position, limit: number, maxBytes?: number): Promise<EventsPage> {
    return this.parts.ctx.stream.page(since, limit, maxBytes)
  }

  onEvent(listener: (event: RoomEvent) => void): Unsubscribe {
    return this.parts.ctx.stream.onEvent(listener)
  }

  onClosed(listener: () => void): Unsubscribe {
    return this.ending.onRemoved(listener)
  }

  async watch(): Promise<Unsubscribe> {
    this.wake()
    return this.parts.activity.watch()
  }

  async touch(): Promise<void> {
    this.wake()
  }

  async awake(): Promise<void> {
    this.wake()
    const { ctx, topology } = this.parts
    await Promise.all(ctx.slots.systems.map((system) => topology.settled(system)))
  }

  async enter(person: Person): Promise<Unsubscribe> {
    return this.parts.people.enter(person)
  }

  async updatePerson(person: Person): Promise<void> {
    this.parts.people.update(person)
    this.parts.seats.rename(person)
  }

  async show(personId: string, shows: Shown): Promise<Unsubscribe> {
    return this.parts.people.show(personId, shows)
  }

  async takeSeat(person: SeatOwner, asked: TakeSeat): Promise<HeldSeat> {
    this.wake()
    await pendingDeclared(this.parts)
    return await this.parts.seats.take(person, asked)
  }

  async leaveSeat(personId: string): Promise<void> {
    this.wake()
    await this.parts.seats.leave(personId)
  }

  async dropSeat(personId: string): Promise<Consumer> {
    return await this.commandConsumer(this.parts.seats.consumerOf(personId).now.id, 'crash')
  }

  async updateSeats(rules: SeatRules): Promise<SeatRules> {
    this.wake()
    this.parts.setSeatRules(rules)
    return rules
  }

  async scene(): Promise<SavedScene> {
    return this.parts.scene.saved()
  }

  async reset(): Promise<void> {
    this.wake()
    await this.parts.scene.reset()
  }

  async openLesson(lesson: LessonToOpen, by?: string): Promise<RoomLesson> {
    this.wake()
    if (this.name === LOBBY) throw new AppError('lobby-stays', 'the lobby has no lessons')
    // What is still being declared would be taken for what its broker does not hold, and stay there.
    await this.awake()
    return await this.parts.openLesson(lesson, by)
  }

  async ownLesson(): Promise<Lesson | null> {
    return this.parts.lesson.own
  }

  async moveLesson(move: LessonMove, by?: string): Promise<RoomLesson> {
    this.wake()
    return this.parts.lesson.move(move, by)
  }

  async closeLesson(): Promise<void> {
    this.wake()
    this.parts.closeLesson()
  }

  /** Starts the loads of its scene. */
  async start(): Promise<void> {
    this.wake()
    this.parts.scene.startLoads()
  }

  async publish(input: Publish, by?: Publisher): Promise<PublishReply> {
    this.wake()
    if (by !== undefined) this.parts.people.checkMaySend(by.id)
    return await this.parts.publishing.publish(input, by?.colour)
  }

  async addDestination(input: AddDestination, by?: string): Promise<Destination> {
    this.wake()
    return (await this.parts.destinations.add(input, this.parts.topology.incarnation(input.system), by)).now
  }

  async updateDestination(asked: string, settings: Settings, confirmed = false): Promise<Destination> {
    this.wake()
    const destination = this.parts.destinations.find(asked)
    await this.parts.destinations.update(destination, settings, confirmed)
    return destination.now
  }

  async declareDestination(asked: string): Promise<Destination> {
    this.wake()
    const { destinations, topology } = this.parts
    const destination = destinations.find(asked)
    await destinations.declareAgain(destination, topology.incarnation(destination.now.system))
    void topology.sync(destination.now.system)
    return destination.now
  }

  async browse(asked: string, page: BrowsePage): Promise<KeptPage> {
    this.wake()
    return await this.parts.browsing.page(this.parts.destinations.find(asked), page)
  }

  async removeDestination(asked: string): Promise<void> {
    this.wake()
    await this.parts.scene.remove(this.parts.destinations.find(asked))
    await this.parts.seats.dealAgain()
  }

  async addConsumer({ system, destination, ...input }: AddConsumer, by?: string): Promise<Consumer> {
    this.wake()
    const { destinations, consumers, topology } = this.parts
    const to = destinations.findOn(system, destination)
    if (to.now.state === 'pending') await topology.settled(system)
    return (await consumers.addAndAttach(to, { ...input, madeBy: by })).now
  }

  async updateConsumer(asked: string, settings: Settings): Promise<Consumer> {
    const consumer = await this.findAttached(asked)
    await this.parts.consumers.update(consumer, this.parts.destinations.ofConsumer(consumer), settings)
    return consumer.now
  }

  async removeConsumer(asked: string): Promise<void> {
    this.wake()
    await this.parts.consumers.remove(this.parts.consumers.find(asked))
  }

  async commandConsumer(
    asked: string,
    command: ConsumerCommand,
    given: CommandArguments = {},
    by?: string,
  ): Promise<Consumer> {
    const consumer = await this.findAttached(asked)
    const { consumers, destinations } = this.parts
    await consumers.command(consumer, destinations.ofConsumer(consumer), command, given, by)
    return consumer.now
  }

  async faultConsumer(asked: string, fault: ConsumerFault, by?: string): Promise<Consumer> {
    if (fault.kind === 'none') {
      this.wake()
      const mended = this.parts.consumers.find(asked)
      mended.liftFault(by)
      return mended.now
    }
    const consumer = await this.findAttached(asked)
    await consumer.fault(fault, by)
    return consumer.now
  }

  async startLoad(input: StartLoad): Promise<LoadState> {
    this.wake()
    const to = this.parts.destinations.findOn(input.system, input.destination)
    return this.parts.loads.start(input, to, this.parts.topology.gate(input.system))
  }

  async stopLoad(system?: SystemId): Promise<void> {
    this.wake()
    this.parts.loads.stop(system)
  }

  async openVote(asked: OpenVote): Promise<Vote> {
    this.wake()
    return this.parts.votes.open(asked)
  }

  async castVote(person: Person, choice: number): Promise<void> {
    this.wake()
    this.parts.votes.cast(person, choice)
  }

  async revealVote(given: RevealVote): Promise<Vote> {
    this.wake()
    return this.parts.votes.reveal(given)
  }

  async closeVote(): Promise<void> {
    this.wake()
    this.parts.votes.close()
  }

  /** The server stops: ends all it does, and leaves what is its own on the brokers. Idempotent. */
  close(): Promise<unknown> {
    return this.ending.begin({ removesOwn: false })
  }

  /** For good: tells those in it, removes its own destinations, and resolves with those that could not be removed. */
  remove(): Promise<UnremovedDestination[]> {
    return this.ending.begin({ removesOwn: true })
  }

  private wake(): void {
    if (this.ending.hasBegun) throw new AppError('room-not-found', `the room "${this.name}" is closed`)
    this.parts.activity.touch()
  }

  private async findAttached(asked: string): Promise<RoomConsumer> {
    this.wake()
    return await attachedConsumer(this.parts, asked)
  }
}
