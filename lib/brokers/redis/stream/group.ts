import { z } from 'zod'
import type { Link } from '../link.ts'
import { isErrorReply, wordsOf } from '../reasons.ts'
import { type Entry, type Field, readEntries, readStream } from './entry.ts'

/** Every worker of a stream is a member of this one group, as a program outside would name it too. */
export const GROUP = 'workers'

/**
 * What a worker gives back is left pending, with an idle time so high that the next one who looks claims it: Redis has
 * no command that hands an entry back to its group.
 */
export const RELEASED_IDLE_MS = 86_400_000

/** How many pending entries one look takes in. */
const LOOK_COUNT = 200

const pendingSchema = z.array(z.tuple([z.string(), z.string(), z.coerce.number(), z.coerce.number()]))

/** One entry of the pending list. */
export interface Pending {
  id: string
  consumer: string
  idleMs: number
  /** How often it was handed out. */
  count: number
}

const readPending = (reply: unknown): Pending[] =>
  pendingSchema.parse(reply).map(([id, consumer, idleMs, count]) => ({ id, consumer, idleMs, count }))

/** Makes the group, from the stream's very beginning, and the stream with it. True when it was not there before. */
export async function ensureGroup({ redis }: Link, stream: string): Promise<boolean> {
  try {
    await redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    return true
  } catch (error) {
    if (isErrorReply(error) && wordsOf(error).startsWith('BUSYGROUP')) return false
    throw error
  }
}

/** One consumer's commands in the group. All throw the raw error. */
export interface Membership {
  enter(link: Link): Promise<void>
  /** Waits until there is something new, for `count` at most; nothing when the wait was ended. */
  next(link: Link, count: number, noAck: boolean): Promise<Entry[]>
  /** What Redis says that it holds, oldest first: handed out once more. */
  again(link: Link, count: number): Promise<Array<{ entry: Entry; count: number }>>
  /** Entries that nobody has touched for so long, whoever holds them. */
  abandoned(link: Link, idleMs: number): Promise<Pending[]>
  /** Takes over those of `ids` that are still idle for so long. */
  claim(link: Link, ids: readonly string[], idleMs: number): Promise<Entry[]>
  /** Tells Redis that it is still at work on these. */
  touch(link: Link, ids: readonly string[]): Promise<void>
  /** 0 when it was not pending any more. */
  ack(link: Link, id: string): Promise<number>
  /** For whoever claims first; `unseen`: as if it had never been handed out. False when it was not pending any more. */
  release(link: Link, id: string, unseen: boolean): Promise<boolean>
  /** Copies it to the dead letters and acknowledges it, both or neither. */
  bury(link: Link, to: string, id: string, fields: readonly Field[]): Promise<void>
  /** Its name is taken off the group when nothing is pending under it; what is pending would be lost with it. */
  exit(link: Link, name?: string): Promise<boolean>
}

export function createMembership(stream: string, me: string): Membership {
  const claimArgs = (idleMs: number, ids: readonly string[]) => [stream, GROUP, me, String(idleMs), ...ids]
  const pendingOf = async ({ redis }: Link, ...args: string[]) =>
    readPending(await redis.call('XPENDING', stream, GROUP, ...args))

  return {
    enter: async ({ redis }) => void (await redis.call('XGROUP', 'CREATECONSUMER', stream, GROUP, me)),
    next: async ({ redis }, count, noAck) => {
      const args = ['COUNT', String(count), 'BLOCK', '0', ...(noAck ? ['NOACK'] : []), 'STREAMS', stream, '>']
      return readStream(await redis.callBuffer('XREADGROUP', 'GROUP', GROUP, me, ...args))
    },
    again: async (link, count) => {
      const args = ['GROUP', GROUP, me, 'COUNT', String(count), 'STREAMS', stream, '0']
      const entries = readStream(await link.redis.callBuffer('XREADGROUP', ...args))
      const [first, last] = [entries[0], entries.at(-1)]
      if (!first || !last) return []
      const pending = await pendingOf(link, first.id, last.id, String(count), me)
      const counts = new Map(pending.map((one) => [one.id, one.count]))
      return entries.map((entry) => ({ entry, count: counts.get(entry.id) ?? 1 }))
    },
    abandoned: (link, idleMs) => pendingOf(link, 'IDLE', String(idleMs), '-', '+', String(LOOK_COUNT)),
    claim: async ({ redis }, ids, idleMs) =>
      readEntries(await redis.callBuffer('XCLAIM', ...claimArgs(idleMs, ids))),
    touch: async ({ redis }, ids) => void (await redis.call('XCLAIM', ...claimArgs(0, ids), 'JUSTID')),
    ack: ({ redis }, id) => redis.xack(stream, GROUP, id),
    release: async ({ redis }, id, unseen) => {
      const count = unseen ? ['RETRYCOUNT', '0'] : []
      const args = [...claimArgs(0, [id]), 'IDLE', String(RELEASED_IDLE_MS), ...count, 'JUSTID']
      return z.array(z.unknown()).parse(await redis.call('XCLAIM', ...args)).length > 0
    },
    bury: async ({ redis }, to, id, fields) => {
      const done = await redis
        .multi()
        .xadd(to, '*', ...fields)
        .xack(stream, GROUP, id)
        .exec()
      for (const [error] of done ?? []) if (error) throw error
    },
    exit: async (link, name = me) => {
      const [pending] = await pendingOf(link, '-', '+', '1', name)
      if (pending) return false
      await link.redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, name)
      return true
    },
  }
}
