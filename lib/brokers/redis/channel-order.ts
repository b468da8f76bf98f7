import { randomUUID } from 'node:crypto'
import { createCursor } from './channel-cursor.ts'
import {
  type Book,
  BY_NAME,
  type Cursor,
  type CursorHooks,
  type OrderLimits,
  type Sent,
  type SentState,
  type Standing,
} from './channel-history.ts'

/**
 * As many as a room can still recognise (SENT_TABLE_MAX), and more bytes than Redis itself holds for a slow subscriber
 * (client-output-buffer-limit pubsub 32 MB, and about 4 MB in kernel buffers), so that Redis's own limit bites first.
 */
export const DEFAULT_LIMITS: OrderLimits = {
  maxBehind: 100_000,
  maxBehindBytes: 48 * 1024 * 1024,
  doubtAt: 256,
}

/** Looking for what can be forgotten means a look at every cursor: not before so many messages have come together. */
const TRIM_AT_LEAST = 64

/**
 * Redis pub/sub carries a text and nothing else, so which message an arrival is can only be told by order. This keeps
 * that order for one channel, as a pure computation: what we send, in the order in which it leaves on one connection,
 * and what subscribers of ours (each a `Cursor`) read. It rests on two properties of Redis (redis.io/docs/latest/
 * develop/pubsub): one connection's commands run in order, and every subscriber of a channel sees the same sequence, of
 * which it reads an unbroken stretch while its connection lives. What cannot be told: a message from outside whose text
 * equals one of ours that is on its way.
 */
export interface ChannelOrder {
  /** Enters a message of ours. Call it directly before its PUBLISH is written, on the one publishing connection. */
  send(messageId: string, body: Uint8Array): Sent
  /** Tells what became of it. Receipts of one connection come in order. */
  settle(sent: Sent, state: Exclude<SentState, 'pending'>): void
  /** A new subscriber. Call it directly before its SUBSCRIBE is written. */
  join(hooks: CursorHooks, standing?: Standing): Cursor
  /** Nothing is kept, and nobody needs it: the whole object can be forgotten. */
  readonly idle: boolean
  /** How many messages of ours are kept. */
  readonly kept: number
}

/** `run` makes the identities of outside messages differ from those of any other process or time. */
export function createChannelOrder(channel: string, run: string, limits = DEFAULT_LIMITS): ChannelOrder {
  const entries: Sent[] = []
  /** The count of `entries[0]`. */
  let first = 1
  let heard = 0
  let serial = 0
  let trimAt = TRIM_AT_LEAST
  const cursors = new Set<Cursor>()
  const last = () => first + entries.length - 1
  /** The last one up to `count` that is not part of a run ending there. */
  const lastBefore = (count: number, isPart: (sent: Sent) => boolean) => {
    let index = count - first
    for (let sent = entries[index]; sent && isPart(sent); sent = entries[index]) index--
    return first + index
  }

  const trim = () => {
    if (cursors.size > 0 && entries.length < trimAt) return
    first += forgetPassed(entries, first, cursors)
    if (cursors.size > 0) tellWhoLags(entries, first, cursors, limits)
    trimAt = Math.max(TRIM_AT_LEAST, entries.length + Math.min(entries.length, limits.maxBehind / 4))
  }
  const book: Book = {
    channel,
    limits,
    cursors,
    at: (count) => entries[count - first],
    last,
    lastHeard: () => heard,
    lastAnswered: () => lastBefore(last(), ({ state }) => state === 'pending'),
    lastSerial: () => serial,
    start: () => lastBefore(last(), ({ state }) => state !== 'heard'),
    heardUpTo: (count) => lastBefore(count, ({ state }) => state !== 'heard'),
    confirm: (sent) => {
      sent.state = 'heard'
      heard = Math.max(heard, sent.count)
    },
    nameOutside: (body, after) => {
      serial++
      return { serial, identity: `redis:${channel}:outside:${run}:${serial}`, body, after }
    },
    trim,
  }
  return {
    send: (messageId, body) => {
      const sent: Sent = { count: last() + 1, messageId, body, state: 'pending' }
      entries.push(sent)
      return sent
    },
    settle: (sent, state) => {
      sent.state = state
      if (state === 'heard') heard = sent.count
      for (const cursor of cursors) cursor.settled()
      trim()
    },
    join: (hooks, standing = BY_NAME) => createCursor(book, hooks, standing),
    get idle() {
      if (cursors.size === 0) return entries.length === 0
      for (const cursor of cursors) if (!cursor.isForgettable) return false
      return entries.every(({ state }) => state !== 'pending')
    },
    get kept() {
      return entries.length
    },
  }
}

/** Drops what has its receipt and every cursor is past; returns how many that were. */
function forgetPassed(entries: Sent[], first: number, cursors: ReadonlySet<Cursor>): number {
  let upTo = first + entries.length - 1
  for (const cursor of cursors) upTo = Math.min(upTo, cursor.passed)
  let gone = 0
  while (gone < entries.length && first + gone <= upTo && entries[gone]?.state !== 'pending') gone++
  entries.splice(0, gone)
  return gone
}

function tellWhoLags(
  entries: readonly Sent[],
  first: number,
  cursors: ReadonlySet<Cursor>,
  limits: OrderLimits,
): void {
  let index = entries.length - 1
  for (let bytes = 0; index >= 0 && entries.length - index <= limits.maxBehind; index--) {
    bytes += entries[index]?.body.length ?? 0
    if (bytes > limits.maxBehindBytes) break
  }
  for (const cursor of [...cursors]) if (cursor.passed < first + index) cursor.lag()
}

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
