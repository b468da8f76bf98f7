import type { DriverLog } from '#lib/brokers/contract.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import { ROOM_IDLE_MS } from '#lib/protocol/limits.ts'
import type { SeatRules } from '#lib/protocol/room.ts'
import type { Scene } from '#lib/protocol/scene.ts'
import { now } from '#lib/util/clock.ts'
import { withoutCredentials } from '#lib/util/credentials.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { BrokerListener } from './broker-listener.ts'
import { createBrokerNames } from './broker-names.ts'
import { Browsing } from './browsing.ts'
import { Consumers } from './consumers.ts'
import type { BrokerSlots, LessonToOpen } from './contract.ts'
import type { DestinationLocks } from './destination-locks.ts'
import { Destinations } from './destinations.ts'
import { FactsPoll } from './facts-poll.ts'
import { Loads } from './loads.ts'
import { createMessageTable } from './message-table.ts'
import { People } from './people.ts'
import type { PersistedGathering } from './persisted-gathering.ts'
import type { PersistedRoom } from './persisted-rooms.ts'
import { Publishing } from './publishing.ts'
import { RoomActivity } from './room-activity.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'
import { RoomFaults } from './room-faults.ts'
import { RoomLessonState } from './room-lesson.ts'
import { RoomScene } from './room-scene.ts'
import { RoomStream } from './room-stream.ts'
import type { RoomsShare } from './rooms-share.ts'
import { Seats } from './seats.ts'
import { Topology } from './topology.ts'
import type { UnremovedDestination } from './unremoved-destinations.ts'
import { Votes } from './votes.ts'

export interface RoomOptions {
  name: string
  /** By which people join it. */
  code: string
  epoch: string
  slots: BrokerSlots
  log: DriverLog
  /** What it is made of; null: the classic three. */
  scene: Scene | null
  /** What it was before the server was started again. */
  restored?: PersistedRoom
  /** What it shares with other rooms. */
  share: RoomsShare
  locks: DestinationLocks
  removeLater(destination: UnremovedDestination): void
  /** How long a room stays awake that nobody watches, milliseconds. */
  idleMs?: number
  /** Gets every event of the room, the first included. */
  onEvent?: (event: RoomEvent) => void
  /** What is persisted of it has changed without an event. */
  onPersistedChange?: () => void
}

/** Everything a room is made of, wired together, with its scene entered. */
export class RoomParts {
  readonly ctx: RoomContext
  readonly activity: RoomActivity
  readonly destinations: Destinations
  readonly consumers: Consumers
  readonly topology: Topology
  readonly people: People
  readonly votes: Votes
  readonly loads: Loads
  readonly publishing: Publishing
  readonly browsing: Browsing
  readonly scene: RoomScene
  readonly lesson: RoomLessonState
  readonly seats: Seats
  private readonly onPersistedChange: () => void
  private readonly faults: RoomFaults
  private readonly facts: FactsPoll
  private readonly brokers: BrokerListener
  private readonly forgetMessages: Unsubscribe

  /** Throws what entering its scene throws; then nothing of it is left. */
  constructor(options: RoomOptions) {
    this.onPersistedChange = options.onPersistedChange ?? (() => undefined)
    this.activity = new RoomActivity({
      idleMs: options.idleMs ?? ROOM_IDLE_MS,
      isBusy: () => this.loads.running,
      onWake: () => this.onWake(),
      onSleep: () => this.onSleep(),
    })
    this.faults = new RoomFaults((fault) => {
      const { log, room, stream } = this.ctx
      log.warn({ room, ...fault }, 'a fault in a room')
      const text = withoutCredentials(fault.text)
      stream.emit({ kind: 'fault', at: now(), evidence: 'client', ...fault, text })
    })
    this.ctx = createContext(options, this.faults, () => this.activity.awake)
    this.forgetMessages = options.share.messages.join(this.ctx.messages)
    this.destinations = new Destinations(this.ctx, (system) => void this.topology.sync(system))
    this.consumers = new Consumers(this.ctx, options.share.consumers)
    this.topology = new Topology(this.ctx, {
      destinations: (system) => this.destinations.of(system),
      consumers: (destination) => this.consumers.of(destination),
    })
    this.facts = new FactsPoll(this.ctx, {
      destinations: () => this.destinations.list(),
      onGone: (destination, reason) => this.onGone(destination, reason),
      onBack: (destination) => this.onBack(destination),
      onPresent: (destination, asked) => this.consumers.foundAgain(destination, asked),
    })
    this.loads = new Loads(this.ctx)
    this.people = new People(this.ctx.stream)
    this.lesson = new RoomLessonState(this.ctx.stream)
    this.votes = new Votes(this.ctx.stream, () => this.lesson.now, this.onPersistedChange)
    this.publishing = new Publishing(this.ctx, {
      destination: (system, asked) => this.destinations.findOn(system, asked),
      consumers: (destination) => this.consumers.of(destination),
      gate: (system) => this.topology.gate(system),
    })
    this.browsing = new Browsing(this.ctx)
    this.seats = new Seats(this.ctx, { destinations: this.destinations, consumers: this.consumers })
    this.scene = new RoomScene(this, options.scene)
    this.enterScene(options.restored?.holds)
    if (options.restored !== undefined) this.restore(options.restored)
    this.brokers = this.listenToBrokers()
  }

  /** Ends everything that goes on by itself. */
  stop(): void {
    this.brokers.close()
    this.stopOwn()
  }

  /** See `Room.openLesson`. Seats end with the scene before; where people have parts, none is dealt again. */
  async openLesson(lesson: LessonToOpen, by?: string): Promise<RoomLesson> {
    this.seats.dealing = lesson.parts === undefined
    try {
      await this.scene.replace(lesson.scene)
    } catch (error) {
      this.seats.dealing = this.lesson.now?.parts === undefined
      throw error
    }
    return this.beginLesson(lesson, by)
  }

  /** The room is made of its scene already. */
  beginLesson(lesson: LessonToOpen, by?: string): RoomLesson {
    this.seats.dealing = lesson.parts === undefined
    return this.lesson.open(lesson, by)
  }

  closeLesson(): void {
    this.seats.dealing = true
    this.lesson.close()
  }

  private enterScene(scene: Scene | undefined): void {
    try {
      this.scene.enter(scene)
    } catch (error) {
      this.stopOwn()
      for (const consumer of this.consumers.list()) void this.consumers.remove(consumer)
      this.ctx.stream.close()
      throw error
    }
  }

  setSeatRules(rules: SeatRules): void {
    this.seats.setRules(rules)
    this.onPersistedChange()
  }

  /** What people had done before the server was started again. */
  restoreGathering({ votes, people }: PersistedGathering): void {
    this.votes.restore(votes)
    this.people.restore(people)
  }

  private restore({ lesson, ownLesson, seats, gathering }: PersistedRoom): void {
    if (gathering !== undefined) this.restoreGathering(gathering)
    if (lesson !== null) this.lesson.restore(lesson, ownLesson ?? null)
    this.seats.dealing = lesson?.parts === undefined
    this.seats.setRules(seats)
  }

  private stopOwn(): void {
    this.activity.close()
    this.facts.stop()
    this.loads.stop()
    this.people.close()
    this.seats.close()
    this.votes.stop()
    this.destinations.close()
    this.topology.close()
    this.faults.close()
    this.forgetMessages()
    this.ctx.messages.close()
  }

  private onWake(): void {
    this.brokers.catchUp()
    this.facts.start()
    for (const system of this.ctx.slots.systems) void this.topology.sync(system)
  }

  private onSleep(): void {
    this.facts.stop()
    for (const consumer of this.consumers.list()) void consumer.sleep()
  }

  private onGone(destination: RoomDestination, reason: string): void {
    destination.setGone(reason)
    if (destination.now.state === 'gone') this.consumers.waitFor(destination, reason)
  }

  private onBack(destination: RoomDestination): void {
    destination.setBack()
    void this.topology.sync(destination.now.system)
  }

  private listenToBrokers(): BrokerListener {
    return new BrokerListener(this.ctx, {
      destination: (system, address) => this.destinations.byAddress(system, address),
      onUp: (system) => {
        this.topology.startIncarnation(system)
        void this.topology.sync(system)
      },
      onAway: (system) => {
        this.loads.fail(system)
        for (const destination of this.destinations.of(system)) this.facts.forget(destination)
      },
      onReplaced: (system) => {
        for (const consumer of this.consumers.list()) {
          if (consumer.now.system === system) consumer.dropAttachment()
        }
      },
    })
  }
}

function createContext(options: RoomOptions, faults: RoomFaults, isAwake: () => boolean) {
  const { name, epoch, slots, log, share, locks, removeLater, onEvent } = options
  const messages = createMessageTable({ together: share.messages, pendingContent: share.pendingContent })
  const stream = new RoomStream({ epoch, room: name, messages, together: share.histories })
  if (onEvent !== undefined) stream.onEvent(onEvent)
  const ctx: RoomContext = {
    ...{ room: name, names: createBrokerNames(name), stream, messages, slots, log, locks, removeLater },
    deliveries: { highest: 0 },
    isAwake,
    fault: (fault) => faults.add(fault),
  }
  return ctx
}
