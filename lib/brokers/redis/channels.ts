import { randomUUID } from 'node:crypto'
import { Cursor, type CursorHooks, type CursorOptions } from './channel-cursor.ts'
import { ChannelOrder, type Sent, type SentState } from './channel-order.ts'

/** A pattern's subscriber: it has a cursor in the order of every channel that matches, also of those that come up later. */
export interface PatternSubscriber {
  matches(channel: string): boolean
  /** Makes its cursor in this channel's order, by `join`. */
  begin(channel: string, join: (hooks: CursorHooks, options: CursorOptions) => Cursor): void
  /** The order is forgotten, and its cursor with it: nothing was on its way. */
  forget(channel: string): void
}

/** The order of every channel in use. One that keeps nothing is forgotten. */
export interface Channels {
  send(channel: string, messageId: string, body: Uint8Array): Sent
  settle(channel: string, sent: Sent, state: Exclude<SentState, 'pending'>): void
  /** Call it directly before SUBSCRIBE is written. */
  join(channel: string, hooks: CursorHooks): Cursor
  /** Begins all that match. Call it directly before PSUBSCRIBE is written; `unwatch` once the connection has ended. */
  watch(subscriber: PatternSubscriber): void
  unwatch(subscriber: PatternSubscriber): void
  /** It received a message of a channel in which it has no cursor: begins it for all that match, and for this one. */
  meet(subscriber: PatternSubscriber, channel: string): void
  /** A subscriber of the channel has ended, or has read what was on its way. */
  tidy(channel: string): void
}

export function createChannels(): Channels {
  const orders = new Map<string, ChannelOrder>()
  const watching = new Set<PatternSubscriber>()
  const begin = (subscriber: PatternSubscriber, order: ChannelOrder) =>
    subscriber.begin(order.channel, (hooks, options) => new Cursor(order, hooks, options))
  const orderOf = (channel: string): ChannelOrder => {
    const known = orders.get(channel)
    if (known) return known
    const order = new ChannelOrder(channel, randomUUID())
    orders.set(channel, order)
    for (const subscriber of watching) if (subscriber.matches(channel)) begin(subscriber, order)
    return order
  }
  const tidy = (channel: string) => {
    if (!orders.get(channel)?.isIdle) return
    orders.delete(channel)
    for (const subscriber of watching) subscriber.forget(channel)
  }
  return {
    send: (channel, messageId, body) => orderOf(channel).send(messageId, body),
    settle: (channel, sent, state) => {
      orders.get(channel)?.settle(sent, state)
      tidy(channel)
    },
    join: (channel, hooks) => new Cursor(orderOf(channel), hooks),
    watch: (subscriber) => {
      watching.add(subscriber)
      for (const [channel, order] of orders) if (subscriber.matches(channel)) begin(subscriber, order)
    },
    unwatch: (subscriber) => void watching.delete(subscriber),
    meet: (subscriber, channel) => {
      const order = orderOf(channel)
      if (!subscriber.matches(channel)) begin(subscriber, order)
    },
    tidy,
  }
}
