import { randomUUID } from 'node:crypto'
import { ChannelOrder, type Sent, type SentState } from './channel-order.ts'

/** A pattern's subscriber: it has a cursor in the order of every channel that matches, also of those that come up later. */
export interface PatternSubscriber {
  matches(channel: string): boolean
  /** Makes its cursor in this order. */
  begin(order: ChannelOrder): void
  /** The order is forgotten, and its cursor with it: nothing was on its way. */
  forget(channel: string): void
}

/** The order of every channel in use. One that keeps nothing is forgotten. */
export class Channels {
  readonly #orders = new Map<string, ChannelOrder>()
  readonly #watching = new Set<PatternSubscriber>()

  orderOf(channel: string): ChannelOrder {
    const known = this.#orders.get(channel)
    if (known) return known
    const order = new ChannelOrder(channel, randomUUID())
    this.#orders.set(channel, order)
    for (const subscriber of this.#watching) if (subscriber.matches(channel)) subscriber.begin(order)
    return order
  }

  /** Enters one of ours. Call it directly before its PUBLISH is written, on the one publishing connection. */
  send(channel: string, messageId: string, body: Uint8Array): Sent {
    return this.orderOf(channel).send(messageId, body)
  }

  settle(channel: string, sent: Sent, state: Exclude<SentState, 'unanswered'>): void {
    this.#orders.get(channel)?.settle(sent, state)
    this.tidy(channel)
  }

  /** Begins all that match. Call it directly before PSUBSCRIBE is written; `unwatch` once the connection has ended. */
  watch(subscriber: PatternSubscriber): void {
    this.#watching.add(subscriber)
    for (const [channel, order] of this.#orders) if (subscriber.matches(channel)) subscriber.begin(order)
  }

  unwatch(subscriber: PatternSubscriber): void {
    this.#watching.delete(subscriber)
  }

  /** It received a message of a channel in which it has no cursor: begins it for all that match, and for this one. */
  meet(subscriber: PatternSubscriber, channel: string): void {
    const order = this.orderOf(channel)
    if (!subscriber.matches(channel)) subscriber.begin(order)
  }

  /** A subscriber of the channel has ended, or has read what was on its way. */
  tidy(channel: string): void {
    if (!this.#orders.get(channel)?.isIdle) return
    this.#orders.delete(channel)
    for (const subscriber of this.#watching) subscriber.forget(channel)
  }
}
