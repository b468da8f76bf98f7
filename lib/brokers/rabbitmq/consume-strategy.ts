import type { Channel, ConsumeMessage } from 'amqplib'
import type { z } from 'zod'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import type { Processing } from '../kit/simulated-processing.ts'
import type { Control } from './control.ts'
import {
  type DeadLetterPolicy,
  type LostAt,
  NO_DEAD_LETTERS,
  type Redeclarations,
} from './managed-destination.ts'
import type { FoundBinding } from './management.ts'
import { manifest } from './manifest.ts'
import type { Copies, Identities } from './message-identity.ts'
import type { OwnQueues } from './own-consumers.ts'
import { parsed } from './settings.ts'
import type { Topology } from './topology.ts'

/** What a consumer asks the broker for with `basic.qos` and `basic.consume`. */
export interface SubscriptionParameters {
  queue: string
  prefetch: number
  /** Deliveries count as settled once they are sent. */
  noAck: boolean
  /** Rises with each seek: the subscription then starts at another offset. */
  seeks: number
  arguments?: Record<string, unknown>
}

export const areSameParameters = (one: SubscriptionParameters, other: SubscriptionParameters): boolean =>
  one.queue === other.queue &&
  one.prefetch === other.prefetch &&
  one.noAck === other.noAck &&
  one.seeks === other.seeks

/** What strategies need of their driver. */
export interface StrategyParts {
  topology: Topology
  control: Control
  identities: Identities
  copies: Copies
  ownQueues: OwnQueues
  /** Reports trouble that belongs to no caller. */
  fault(fault: { address: string; consumer: string; code: string; text: string }): void
}

/**
 * How the consumers of one mode consume: from a shared queue, from an exclusive queue bound to an exchange, or from a
 * stream. All else (connection, coming back, processing) is the same for the three.
 */
export abstract class ConsumeStrategy<S extends z.ZodObject = z.ZodObject> {
  /** "worker", "subscriber" or "reader". */
  readonly noun: string
  readonly settingsSchema: S
  /** Deliveries stay unacked until they are settled. False on a stream, where an acknowledgement only grants credit. */
  readonly settles: boolean = true
  /** It does the work that a message asks for, at which it may fail. False: it only reads. */
  get processes(): boolean {
    return this.settles
  }

  /** What becomes of unacked deliveries, and of the position, when the connection is lost. */
  abstract readonly afterLoss: 'requeued' | 'lost' | 'read-on'
  protected readonly spec: ConsumerSpec
  protected readonly parts: StrategyParts
  protected settings: z.infer<S>
  /** So many messages between what it had and what comes next are not kept any more. */
  onRemoved: (missed: number) => void = () => undefined

  /** Throws AppError `invalid` for settings that a consumer of its mode can't have. */
  constructor(spec: ConsumerSpec, parts: StrategyParts, noun: string, settingsSchema: S) {
    this.spec = spec
    this.parts = parts
    this.noun = noun
    this.settingsSchema = settingsSchema
    this.settings = parsed(settingsSchema, spec.settings, noun)
  }

  abstract get processing(): Processing

  /** The name under which messages without an id are remembered while they may come again. */
  abstract get identityKey(): string

  /** Without acknowledgements, or on a stream, messages come all the same: pausing means unsubscribing. */
  get pausesByCancel(): boolean {
    return this.processing.ackMode === 'none'
  }

  /** The next offset that it gets; null while unknown, and where there are no offsets. */
  get position(): number | null {
    return null
  }

  get deadLetterPolicy(): DeadLetterPolicy {
    return NO_DEAD_LETTERS
  }

  /** Ensures that its destination is there. Throws AppError `broker-refused` when it isn't and can't be made. */
  ensure(lostAt: LostAt): Promise<Redeclarations> {
    return this.parts.topology.ensure(this.spec.address, this.spec.mode, lostAt)
  }

  /** Declares what is its own, on each new channel and after each change of settings. Throws the raw error. */
  abstract prepare(channel: Channel): Promise<void>

  abstract subscriptionParameters(): SubscriptionParameters

  /** Whether its own binding is missing among all of its exchange, which the broker listed when asked at `asked`. */
  isUnboundIn(_bindings: readonly FoundBinding[], _asked: number): boolean {
    return false
  }

  /** Makes its binding again. Returns for how many milliseconds it may have been without. Throws the raw error. */
  async bindAgain(_channel: Channel): Promise<number> {
    return 0
  }

  /** Null for a message that it had before. Never throws, whatever a program outside put into it. */
  abstract describe(message: ConsumeMessage, delivery: number): Delivery | null

  /** The settings after a change. Throws AppError `not-capable` for an unknown one. */
  changed(before: Settings, change: Settings): Settings {
    const unknown = Object.keys(change).find((name) => !(name in this.settingsSchema.shape))
    if (unknown !== undefined) {
      throw new AppError('not-capable', `a RabbitMQ ${this.noun} has no setting "${unknown}"`)
    }
    return { ...before, ...change }
  }

  /** Throws AppError `invalid`; then nothing has changed. */
  update(settings: Settings): void {
    this.settings = parsed(this.settingsSchema, settings, this.noun)
  }

  /** Its destination is another one now, where its position means nothing. */
  startOver(): void {}

  /** Its next subscription starts there. Throws AppError `not-capable` where nothing is kept. */
  seek(_position: Seek): void {
    throw new AppError('not-capable', manifest.modes[this.spec.mode]?.lacks.replay ?? 'Nothing is kept here.')
  }
}
