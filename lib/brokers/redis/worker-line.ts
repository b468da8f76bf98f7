import type { ConsumerEvent, Delivery } from '#lib/brokers/contract.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import type { Held, Settled } from './desk.ts'
import type { Link } from './link.ts'
import type { WorkerSettings } from './modes/queue.ts'

/** One message as a worker gets it: what is told of it, and what is kept of it while it is in hand. */
export interface Arrival<T> {
  item: T
  told: Omit<Delivery, 'type' | 'delivery' | 'inHand' | 'at'>
}

/** What a line may ask of the worker that stands at it. */
export interface LineView<T> {
  settings(): WorkerSettings
  /** How many more it may hold. */
  room(): number
  held(): Array<Held<T>>
  take(arrival: Arrival<T>): void
  emit(event: ConsumerEvent): void
  fault(code: string, text: string): void
  /** Something went wrong that must not: the worker opens its connections anew. */
  onFailed(error: unknown): void
}

/** How one worker stands at a destination: all that differs between a stream's group and a list. Throws raw errors. */
export interface WorkerLine<T> {
  /** Why nothing can be read again here. */
  readonly noReplay: string | undefined
  /** Takes its place, on fresh connections. AppError `destination-not-found` when the destination was removed. */
  enter(link: Link): Promise<void>
  /** Goes up when what it stood at was gone and had to be made anew. */
  generation(): number
  /** What Redis still keeps for it, after it was away. */
  again(link: Link): Promise<Array<Arrival<T>>>
  /** Waits for what is new, `room` at most. `noAck`: handing over is all. */
  next(link: Link, room: number, noAck: boolean): Promise<Array<Arrival<T>>>
  /** Begins what it does now and then beside its work; returns how to end it. */
  lookAround(link: Link, view: LineView<T>): () => void
  settle(link: Link, held: Held<T>, verb: SettleVerb, reason: string): Promise<Settled>
  /** Gives back what it holds and takes its leave. `unseen` was handed out and told to nobody. */
  giveBack(link: Link, held: ReadonlyArray<Held<T>>, unseen: readonly T[]): Promise<ConsumerEvent[]>
}
