import type { Channel, ConsumeMessage } from 'amqplib'
import type { Seek } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Delivery } from '../contract.ts'
import type { Fate, Found, Occasion } from './kept.ts'

/** What a consumer asks the broker for. */
export interface Subscription {
  queue: string
  prefetch: number
  /** What is handed out counts as done. */
  noAck: boolean
  /** One more each time its place was set anew: such a subscription is another one. */
  placed: number
  arguments?: Record<string, unknown>
}

/** What a consumer does with what it gets. */
export interface Work {
  acks: 'automatic' | 'manual' | 'none'
  processingMs: number
  failurePercent: number
  onFailure: 'requeue' | 'reject'
}

/**
 * How consumers of one mode read: from a queue they share, from a queue of their own, or from a stream. All else (its
 * connection, coming back, its work) is the same for all.
 */
export interface Reading {
  readonly work: Work
  /** Deliveries are in hand until they are settled; where they aren't, an ack is but credit for more. */
  readonly settles: boolean
  /** What is subscribed to would come all the same: pausing means unsubscribing. */
  readonly pausesByCancel: boolean
  /** What becomes of things when its connection is lost: they go back, they are lost, or it reads on from its place. */
  readonly afterLoss: 'requeued' | 'lost' | 'read-on'
  /** What messages without an id are remembered by while they may come again. */
  readonly identityKey: string
  /** Makes sure that what it reads from is there. Throws AppError `broker-refused` when it isn't and can't be made. */
  ensure(occasion: Occasion): Promise<Found>
  /** Makes what is its own, on each new channel and after each change of settings. Throws the raw error. */
  prepare(channel: Channel): Promise<void>
  subscription(): Subscription
  /** Null for what it had before. Never throws, whatever a program outside put into it. */
  describe(message: ConsumeMessage, delivery: number, kind: string | null): Delivery | null
  fate(): Fate
  /** Takes new settings over. Throws AppError `invalid`; then nothing has changed. */
  accept(settings: Settings): void
  /** What it read from is another one now, so that its place there means nothing. */
  startOver(): void
  /** From its next subscription on it reads there. Throws AppError `not-capable`. */
  seek(position: Seek): void
  /** The next position it will read, where it has positions. */
  position(): number | null
}

export const sameSubscription = (one: Subscription, other: Subscription): boolean =>
  one.queue === other.queue &&
  one.prefetch === other.prefetch &&
  one.noAck === other.noAck &&
  one.placed === other.placed

/** What readings without positions share. */
export const withoutPositions = (why: string): Pick<Reading, 'startOver' | 'seek' | 'position'> => ({
  startOver: () => undefined,
  seek: () => {
    throw new AppError('not-capable', why)
  },
  position: () => null,
})
