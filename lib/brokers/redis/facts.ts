import * as z from 'zod'
import type { ConsumerSpec } from '#lib/brokers/contract.ts'
import {
  type FanoutFacts,
  fanoutFacts,
  type LogFacts,
  logFacts,
  type QueueFacts,
  queueFacts,
} from '#lib/protocol/facts.ts'
import { matchesGlob } from '#lib/util/glob.ts'
import type { Connection } from './connection.ts'
import { lowOf, type Position } from './log-position.ts'
import { GROUP } from './names.ts'
import { isNotPermitted } from './permissions.ts'
import { answer, readConsumers, readGroups, readPending, readStreamInfo, type StreamInfo } from './replies.ts'
import { RELEASED_IDLE_MS } from './stream-group.ts'

/* The figures of each kind of destination, read from Redis in one or two round trips. All throw the raw error. */

/** A subscriber of ours, of whatever channel. */
interface SubscriberView {
  readonly spec: ConsumerSpec
  /** What it PSUBSCRIBEd to; null: it subscribed to its channel by name. */
  readonly glob: string | null
  /** Redis's number for its connection; undefined while it has none. */
  readonly clientId: number | undefined
  /** Redis was seen not to know this connection any more. */
  droppedByBroker(clientId: number): void
}

/** PUBSUB NUMSUB of one channel. */
const numsubSchema = z.tuple([z.string(), z.coerce.number()])

/**
 * A channel's facts in one round trip: PUBSUB NUMSUB, which counts subscriptions by name, PUBSUB NUMPAT, and what Redis
 * holds for each of our subscribers, by CLIENT LIST (`omem`, its list of replies, and `obl`, its fixed buffer;
 * redis.io/docs/latest/commands/client-list). The figures stay 0 while the kernel's socket buffers take the bytes, which
 * is up to about 4 MB. What the user may not ask for is not known.
 */
export async function readChannelFacts(
  { redis }: Connection,
  channel: string,
  all: readonly SubscriberView[],
): Promise<FanoutFacts> {
  const asked = all.flatMap((subscriber) =>
    subscriber.spec.address !== channel || subscriber.clientId === undefined
      ? []
      : [{ subscriber, clientId: subscriber.clientId }],
  )
  const pipeline = redis.pipeline().call('PUBSUB', 'NUMSUB', channel).call('PUBSUB', 'NUMPAT')
  if (asked.length > 0)
    pipeline.call('CLIENT', 'LIST', 'ID', ...asked.map(({ clientId }) => String(clientId)))
  const replies = await pipeline.exec()
  const permitted = (index: number) => (isNotPermitted(replies?.[index]?.[0]) ? null : answer(replies, index))
  const counted = permitted(0)
  const subscribers = counted === null ? null : numsubSchema.parse(counted)[1]
  const different = z.coerce.number().nullable().parse(permitted(1))
  const list = asked.length > 0 ? permitted(2) : ''
  const buffered = bytesByClient(String(list ?? ''))
  const known = asked.filter(({ clientId }) => buffered.has(clientId))
  if (list !== null) {
    for (const { subscriber, clientId } of asked)
      if (!buffered.has(clientId)) subscriber.droppedByBroker(clientId)
  }
  // Without the list, those of ours that are attached are taken to be known to Redis.
  const byName = (list === null ? asked : known).filter(({ subscriber }) => subscriber.glob === null).length
  return fanoutFacts({
    subscribers,
    outside: subscribers === null ? null : Math.max(0, subscribers - byName),
    patterns: different === null ? null : patternsFor(channel, all, different),
    outputBuffers: known.map(({ subscriber, clientId }) => ({
      consumer: subscriber.spec.name,
      bytes: buffered.get(clientId) ?? 0,
    })),
  })
}

/**
 * Subscriptions by pattern that concern this channel: its own consumers' and others of ours that match it. Redis says
 * only how many different patterns there are: where those are more than ours, which may match or not, it is null.
 */
function patternsFor(channel: string, all: readonly SubscriberView[], different: number): number | null {
  const ours = all.filter(({ glob, clientId }) => glob !== null && clientId !== undefined)
  if (different > new Set(ours.map(({ glob }) => glob)).size) return null
  return ours.filter(({ glob, spec }) => spec.address === channel || matchesGlob(glob ?? '', channel)).length
}

function bytesByClient(list: string): Map<number, number> {
  const field = (line: string, key: string) => Number(new RegExp(`\\b${key}=(\\d+)`).exec(line)?.[1] ?? 0)
  const lines = list.split('\n').filter((line) => line.startsWith('id='))
  return new Map(lines.map((line) => [field(line, 'id'), field(line, 'omem') + field(line, 'obl')]))
}

/** How many pending entries are read to find the oldest of each consumer. */
const PENDING_COUNT = 200
/** A greater idle time says only that the entry was released. */
const RELEASED_MS = RELEASED_IDLE_MS / 2

/** A stream, which consumers in its group are ours, and the stream of its dead letters; null: it has none. */
interface StreamGroup {
  address: string
  ours: ReadonlySet<string>
  dead: string | null
}

/**
 * A stream queue's facts in one round trip. `ready` is what was never delivered to anybody. A consumer
 * counts until it is deleted from the group, whether its program lives or not: Redis does not know. What a worker released
 * stays pending under its name, without an idle time, until another claims it. Null where there is no such group.
 */
export async function readStreamFacts(
  { redis }: Connection,
  { address, ours, dead }: StreamGroup,
): Promise<QueueFacts | null> {
  const pipeline = redis
    .pipeline()
    .call('XINFO', 'GROUPS', address)
    .call('XINFO', 'CONSUMERS', address, GROUP)
    .call('XPENDING', address, GROUP, '-', '+', String(PENDING_COUNT))
    .call('XINFO', 'STREAM', address)
  if (dead !== null) pipeline.xlen(dead)
  const replies = await pipeline.exec()
  const group = readGroups(answer(replies, 0) ?? []).find(({ name }) => name === GROUP)
  if (group === undefined) return null
  const consumers = readConsumers(answer(replies, 1) ?? [])
  const oldest = oldestByConsumer(answer(replies, 2))
  return queueFacts({
    ready: readyOf(group, readStreamInfo(answer(replies, 3))),
    unacked: group.pending,
    consumers: consumers.length,
    durable: null,
    outside: consumers.filter(({ name }) => !ours.has(name)).length,
    pending: consumers.map(({ name, pending }) => ({
      consumer: name,
      outside: !ours.has(name),
      count: pending,
      idleMs: oldest.get(name) ?? null,
    })),
    deadLetters: dead === null ? null : { queue: dead, ready: z.number().parse(answer(replies, 4)) },
  })
}

/** Redis 7.0 and Valkey 9 count what was removed unread into the lag. */
function readyOf({ lag, lastId }: { lag: number | null; lastId: string }, stream: StreamInfo): number | null {
  if (lastId === stream.lastId) return 0
  return lag === null ? null : Math.min(lag, stream.length)
}

function oldestByConsumer(reply: unknown): Map<string, number> {
  const oldest = new Map<string, number>()
  for (const { consumer, idleMs } of readPending(reply ?? [])) {
    if (idleMs < RELEASED_MS) oldest.set(consumer, Math.max(idleMs, oldest.get(consumer) ?? 0))
  }
  return oldest
}

/** A list, the set of its workers' names, and the list of what a worker has not acknowledged. */
interface ListKeys {
  address: string
  members: string
  processing(worker: string): string
}

/**
 * A list's facts in two round trips. A worker counts until it leaves, or until another finds that it is gone; programs
 * outside that take elements without a list of their own are invisible.
 */
export async function readListFacts({ redis }: Connection, list: ListKeys): Promise<QueueFacts> {
  const [ready, members] = await Promise.all([redis.llen(list.address), redis.smembers(list.members)])
  const counts = await Promise.all(members.map((name) => redis.llen(list.processing(name))))
  const pending = members.map((consumer, index) => {
    return { consumer, outside: false, count: counts[index] ?? 0, idleMs: null }
  })
  const unacked = pending.reduce((sum, { count }) => sum + count, 0)
  return queueFacts({ ready, unacked, consumers: members.length, durable: null, pending })
}

/**
 * A stream's facts, of XINFO STREAM. Positions are counts: `low` is how many entries are gone, `end` how many there ever
 * were. Redis does not know readers without a group: each position is the reader's own, and null where it was given by an
 * id that has not been counted yet.
 */
export function logFactsOf(
  info: StreamInfo,
  readers: ReadonlyArray<{ spec: ConsumerSpec; position: Position }>,
): LogFacts {
  const end = info.added ?? info.length
  return logFacts({
    partitions: [{ partition: 0, low: String(lowOf(info) ?? 0), end: String(end), last: info.lastId }],
    readers: readers.map(({ spec, position: { count, after } }) => {
      const isAtEnd = after === info.lastId
      const position = isAtEnd ? end : count
      return {
        consumer: spec.name,
        position: position === null ? null : String(position),
        lag: position === null ? null : lagOf(info, position, end),
      }
    }),
    retentionMs: null,
  })
}

/** What is gone is not to be read any more, and so no part of a lag. */
const lagOf = (info: StreamInfo, position: number, end: number): number =>
  Math.max(0, end - Math.max(position, lowOf(info) ?? 0))
