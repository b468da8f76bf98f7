import { randomUUID } from 'node:crypto'
import type { Cursor, CursorHooks, Sent, SentState, Standing } from './channel-book.ts'
import { type ChannelOrder, createChannelOrder } from './channel-order.ts'

/** A pattern's subscriber: it stands in the order of every channel that matches, also of those that come up later. */
export interface Watcher {
  matches(channel: string): boolean
  /** Joins this channel's order. */
  begin(channel: string, join: (hooks: CursorHooks, standing: Standing) => Cursor): void
  /** The order is forgotten, and its cursor with it: nothing was on its way. */
  forget(channel: string): void
}

/** The order of every channel in use. One that keeps nothing is forgotten. */
export interface Channels {
  send(channel: string, messageId: string, body: Uint8Array): Sent
  settle(channel: string, sent: Sent, state: Exclude<SentState, 'pending'>): void
  join(channel: string, hooks: CursorHooks): Cursor
  /** Begins all that match. Call it directly before PSUBSCRIBE is written; `unwatch` once the connection has ended. */
  watch(watcher: Watcher): void
  unwatch(watcher: Watcher): void
  /** A watcher was told of a channel in which it does not stand: begins it for whoever matches, and for this one. */
  meet(watcher: Watcher, channel: string): void
  /** A subscriber of it has ended, or has read what was on its way. */
  tidy(channel: string): void
}

export function createChannels(): Channels {
  const orders = new Map<string, ChannelOrder>()
  const watchers = new Set<Watcher>()
  const orderOf = (channel: string): ChannelOrder => {
    const known = orders.get(channel)
    if (known) return known
    const order = createChannelOrder(channel, randomUUID())
    orders.set(channel, order)
    for (const watcher of watchers) if (watcher.matches(channel)) watcher.begin(channel, order.join)
    return order
  }
  const tidy = (channel: string) => {
    if (!orders.get(channel)?.idle) return
    orders.delete(channel)
    for (const watcher of watchers) watcher.forget(channel)
  }
  return {
    send: (channel, messageId, body) => orderOf(channel).send(messageId, body),
    settle: (channel, sent, state) => {
      orders.get(channel)?.settle(sent, state)
      tidy(channel)
    },
    join: (channel, hooks) => orderOf(channel).join(hooks),
    watch: (watcher) => {
      watchers.add(watcher)
      for (const [channel, order] of orders) {
        if (watcher.matches(channel)) watcher.begin(channel, order.join)
      }
    },
    unwatch: (watcher) => void watchers.delete(watcher),
    meet: (watcher, channel) => {
      const order = orderOf(channel)
      if (!watcher.matches(channel)) watcher.begin(channel, order.join)
    },
    tidy,
  }
}
