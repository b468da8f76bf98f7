import { randomUUID } from 'node:crypto'
import type { Cursor, CursorHooks, Sent, SentState } from './channel-book.ts'
import { type ChannelOrder, createChannelOrder } from './channel-order.ts'

/** The order of every channel in use. One that keeps nothing is forgotten. */
export interface Channels {
  send(channel: string, messageId: string, body: Uint8Array): Sent
  settle(channel: string, sent: Sent, state: Exclude<SentState, 'pending'>): void
  join(channel: string, hooks: CursorHooks): Cursor
  /** A subscriber of it has ended. */
  tidy(channel: string): void
}

export function createChannels(): Channels {
  const orders = new Map<string, ChannelOrder>()
  const orderOf = (channel: string): ChannelOrder => {
    const known = orders.get(channel)
    if (known) return known
    const order = createChannelOrder(channel, randomUUID())
    orders.set(channel, order)
    return order
  }
  const tidy = (channel: string) => {
    if (orders.get(channel)?.idle) orders.delete(channel)
  }
  return {
    send: (channel, messageId, body) => orderOf(channel).send(messageId, body),
    settle: (channel, sent, state) => {
      orders.get(channel)?.settle(sent, state)
      tidy(channel)
    },
    join: (channel, hooks) => orderOf(channel).join(hooks),
    tidy,
  }
}
