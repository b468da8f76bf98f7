import type { Channel, ConsumeMessage } from 'amqplib'
import type { z } from 'zod'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Delivery } from '../contract.ts'
import type { Processing } from '../kit/simulated-processing.ts'
import type { DeadLetterPolicy, EnsureCause, Ensured } from './managed-destination.ts'

/** What a consumer asks the broker for with `basic.qos` and `basic.consume`. */
export interface Subscription {
  queue: string
  prefetch: number
  /** Deliveries count as settled once they are sent. */
  noAck: boolean
  /** Rises with each seek: the subscription then starts at another offset. */
  seeks: number
  arguments?: Record<string, unknown>
}

export const isSameSubscription = (one: Subscription, other: Subscription): boolean =>
  one.queue === other.queue &&
  one.prefetch === other.prefetch &&
  one.noAck === other.noAck &&
  one.seeks === other.seeks

/**
 * How the consumers of one mode consume: from a shared queue, from an exclusive queue bound to an exchange, or from a
 * stream. All else (connection, coming back, processing) is the same for the three.
 */
export interface ConsumeStrategy {
  /** "worker", "subscriber" or "reader". */
  readonly noun: string
  readonly settingsSchema: z.ZodObject
  readonly processing: Processing
  /** Deliveries stay unacked until they are settled. False on a stream, where an acknowledgement only grants credit. */
  readonly settles: boolean
  /** Without acknowledgements, or on a stream, messages come all the same: pausing means unsubscribing. */
  readonly pausesByCancel: boolean
  /** What becomes of unacked deliveries, and of the position, when the connection is lost. */
  readonly afterLoss: 'requeued' | 'lost' | 'read-on'
  /** The name under which messages without an id are remembered while they may come again. */
  readonly identityKey: string
  /** Ensures that its destination is there. Throws AppError `broker-refused` when it isn't and can't be made. */
  ensure(cause: EnsureCause): Promise<Ensured>
  /** Declares what is its own, on each new channel and after each change of settings. Throws the raw error. */
  prepare(channel: Channel): Promise<void>
  subscription(): Subscription
  /** Null for a message that it had before. Never throws, whatever a program outside put into it. */
  describe(message: ConsumeMessage, delivery: number, queueType: string | null): Delivery | null
  deadLetterPolicy(): DeadLetterPolicy
  /** Throws AppError `invalid`; then nothing has changed. */
  update(settings: Settings): void
  /** Its destination is another one now, where its position means nothing. */
  startOver(): void
  /** Its next subscription starts there. Throws AppError `not-capable`. */
  seek(position: Seek): void
  /** The next offset that it gets; null while unknown, and where there are no offsets. */
  position(): number | null
}
