import { z } from 'zod'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import type { QueueSettings } from './manifest-queue.ts'
import type { Field } from './metadata.ts'
import { type Entry, type Pending, readEntries, readPending, readStream } from './replies.ts'

/** Every worker of a stream is a consumer of this one group; a program outside would name it the same. */
export const GROUP = 'workers'

/**
 * What a worker gives back stays pending, with an idle time so high that the next worker that reclaims takes it: Redis has
 * no command that returns an entry to its group.
 */
export const RELEASED_IDLE_MS = 86_400_000

/** How many pending entries are asked for at once. */
const PENDING_COUNT = 200

/** What all workers of one stream share. */
export interface SharedStream {
  readonly address: string
  /** The stream of its dead letters. */
  readonly dead: string
  /** As they are now; they can be altered while workers are attached. */
  settings(): QueueSettings
  /** The destination was removed: its consumers do not come back. */
  isGone(): boolean
  /** How often a group had to be created for this stream. */
  generation(stream: string): number
  groupWasCreated(stream: string): void
  /** Names of consumers of ours in the group, whether attached or not. */
  readonly ours: Set<string>
  /** Those that left while entries were pending under their names; they are deleted from the group once none are. */
  readonly departed: Set<string>
}

export function createSharedStream(
  address: string,
  settings: () => QueueSettings,
  isGone: () => boolean,
): SharedStream {
  const generations = new Map<string, number>()
  const generation = (stream: string) => generations.get(stream) ?? 0
  return {
    address,
    dead: `${address}.dead`,
    settings,
    isGone,
    generation,
    groupWasCreated: (stream) => void generations.set(stream, generation(stream) + 1),
    ours: new Set(),
    departed: new Set(),
  }
}

/** Creates the group, from the stream's very beginning, and the stream if need be. False when the group existed. */
export async function ensureGroup({ redis }: Connection, stream: string): Promise<boolean> {
  try {
    await redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    return true
  } catch (error) {
    if (isErrorReply(error) && wordsOf(error).startsWith('BUSYGROUP')) return false
    throw error
  }
}

/** One consumer's commands in the group. All throw the raw error. */
export interface GroupConsumer {
  join(connection: Connection): Promise<void>
  /** Waits for new entries, `count` at most; empty when the wait was ended. */
  next(connection: Connection, count: number, noAck: boolean): Promise<Entry[]>
  /** Delivers once more what is pending for it, the oldest first. */
  pending(connection: Connection, count: number): Promise<Array<{ entry: Entry; count: number }>>
  /** Entries pending for anyone that have been idle for so long. */
  idle(connection: Connection, idleMs: number): Promise<Pending[]>
  /** Takes over those of `ids` that are still idle for so long. */
  claim(connection: Connection, ids: readonly string[], idleMs: number): Promise<Entry[]>
  /** Resets the idle time of entries that it still works on. */
  touch(connection: Connection, ids: readonly string[]): Promise<void>
  /** 0 when it was not pending any more. */
  ack(connection: Connection, id: string): Promise<number>
  /** For whoever claims first; `unseen`: as if it had never been delivered. False when it was not pending any more. */
  release(connection: Connection, id: string, unseen: boolean): Promise<boolean>
  /** Copies it to the dead letters and acknowledges it, both or neither. */
  deadLetter(connection: Connection, to: string, id: string, fields: readonly Field[]): Promise<void>
  /** Deletes a consumer, unless entries are pending under its name, which would be lost with it. True when deleted. */
  leave(connection: Connection, name?: string): Promise<boolean>
}

export function createGroupConsumer(stream: string, me: string): GroupConsumer {
  const claimArgs = (idleMs: number, ids: readonly string[]) => [stream, GROUP, me, String(idleMs), ...ids]
  const pendingOf = async ({ redis }: Connection, ...args: string[]) =>
    readPending(await redis.call('XPENDING', stream, GROUP, ...args))

  return {
    join: async ({ redis }) => void (await redis.call('XGROUP', 'CREATECONSUMER', stream, GROUP, me)),
    next: async ({ redis }, count, noAck) => {
      const args = ['COUNT', String(count), 'BLOCK', '0', ...(noAck ? ['NOACK'] : []), 'STREAMS', stream, '>']
      return readStream(await redis.callBuffer('XREADGROUP', 'GROUP', GROUP, me, ...args))
    },
    pending: async (connection, count) => {
      const args = ['GROUP', GROUP, me, 'COUNT', String(count), 'STREAMS', stream, '0']
      const entries = readStream(await connection.redis.callBuffer('XREADGROUP', ...args))
      const [first, last] = [entries[0], entries.at(-1)]
      if (!first || !last) return []
      const pending = await pendingOf(connection, first.id, last.id, String(count), me)
      const counts = new Map(pending.map((one) => [one.id, one.count]))
      return entries.map((entry) => ({ entry, count: counts.get(entry.id) ?? 1 }))
    },
    idle: (connection, idleMs) =>
      pendingOf(connection, 'IDLE', String(idleMs), '-', '+', String(PENDING_COUNT)),
    claim: async ({ redis }, ids, idleMs) =>
      readEntries(await redis.callBuffer('XCLAIM', ...claimArgs(idleMs, ids))),
    touch: async ({ redis }, ids) => void (await redis.call('XCLAIM', ...claimArgs(0, ids), 'JUSTID')),
    ack: ({ redis }, id) => redis.xack(stream, GROUP, id),
    release: async ({ redis }, id, unseen) => {
      const count = unseen ? ['RETRYCOUNT', '0'] : []
      const args = [...claimArgs(0, [id]), 'IDLE', String(RELEASED_IDLE_MS), ...count, 'JUSTID']
      return z.array(z.unknown()).parse(await redis.call('XCLAIM', ...args)).length > 0
    },
    deadLetter: async ({ redis }, to, id, fields) => {
      const replies = await redis
        .multi()
        .xadd(to, '*', ...fields)
        .xack(stream, GROUP, id)
        .exec()
      for (const [error] of replies ?? []) if (error) throw error
    },
    leave: async (connection, name = me) => {
      const [pending] = await pendingOf(connection, '-', '+', '1', name)
      if (pending) return false
      await connection.redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, name)
      return true
    },
  }
}
