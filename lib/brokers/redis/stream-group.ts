import * as z from 'zod'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import type { Field } from './metadata.ts'
import { GROUP } from './names.ts'
import { type Entry, type Pending, readEntries, readPending, readStream } from './replies.ts'

/**
 * What a worker gives back stays pending, with an idle time so high that the next worker that reclaims takes it: Redis has
 * no command that returns an entry to its group.
 */
export const RELEASED_IDLE_MS = 86_400_000

/** How often a worker reclaims within the time after which an entry may be claimed; and the bounds of the interval. */
const RECLAIMS_PER_IDLE_TIME = 5
const MIN_RECLAIM_INTERVAL_MS = 100
const MAX_RECLAIM_INTERVAL_MS = 1_000

export const reclaimIntervalMs = (claimIdleMs: number): number =>
  Math.min(MAX_RECLAIM_INTERVAL_MS, Math.max(MIN_RECLAIM_INTERVAL_MS, claimIdleMs / RECLAIMS_PER_IDLE_TIME))

/** How many pending entries are asked for at once. */
const PENDING_COUNT = 200

/** What Redis answers who reads in a group that was deleted, or whose stream was: there may be something else by now. */
const IS_DELETED = /^(NOGROUP|UNBLOCKED|WRONGTYPE)/

export const isGroupDeleted = (error: unknown): boolean =>
  isErrorReply(error) && IS_DELETED.test(wordsOf(error))

/** Creates the group, from the stream's very beginning, and the stream if need be. False when the group existed. */
export async function createGroup({ redis }: Connection, stream: string): Promise<boolean> {
  try {
    await redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    return true
  } catch (error) {
    if (isErrorReply(error) && wordsOf(error).startsWith('BUSYGROUP')) return false
    throw error
  }
}

/** One consumer's commands in the group. All throw the raw error. */
export class GroupConsumer {
  readonly #stream: string
  readonly #name: string

  constructor(stream: string, name: string) {
    this.#stream = stream
    this.#name = name
  }

  async join({ redis }: Connection): Promise<void> {
    await redis.call('XGROUP', 'CREATECONSUMER', this.#stream, GROUP, this.#name)
  }

  /** Waits for new entries, `count` at most; empty when the wait was ended. */
  async next({ redis, blockMs }: Connection, count: number, noAck: boolean): Promise<Entry[]> {
    const options = ['COUNT', String(count), 'BLOCK', String(blockMs), ...(noAck ? ['NOACK'] : [])]
    const args = ['GROUP', GROUP, this.#name, ...options, 'STREAMS', this.#stream, '>']
    return readStream(await redis.callBuffer('XREADGROUP', ...args))
  }

  /** Delivers once more what is pending for it, the oldest first. */
  async pending(connection: Connection, count: number): Promise<Array<{ entry: Entry; count: number }>> {
    const args = ['GROUP', GROUP, this.#name, 'COUNT', String(count), 'STREAMS', this.#stream, '0']
    const entries = readStream(await connection.redis.callBuffer('XREADGROUP', ...args))
    const [first, last] = [entries[0], entries.at(-1)]
    if (!first || !last) return []
    const pending = await this.#pendingOf(connection, first.id, last.id, String(count), this.#name)
    const counts = new Map(pending.map((one) => [one.id, one.count]))
    return entries.map((entry) => ({ entry, count: counts.get(entry.id) ?? 1 }))
  }

  /** Entries pending for anyone that have been idle for at least `idleMs`. */
  idle(connection: Connection, idleMs: number): Promise<Pending[]> {
    return this.#pendingOf(connection, 'IDLE', String(idleMs), '-', '+', String(PENDING_COUNT))
  }

  /** Takes over those of `ids` that have still been idle for at least `idleMs`. */
  async claim({ redis }: Connection, ids: readonly string[], idleMs: number): Promise<Entry[]> {
    return readEntries(await redis.callBuffer('XCLAIM', ...this.#claimArgs(idleMs, ids)))
  }

  /** Resets the idle time of entries that it still works on. Returns those that are pending. */
  async touch({ redis }: Connection, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const reply = await redis.call('XCLAIM', ...this.#claimArgs(0, ids), 'JUSTID')
    return new Set(z.array(z.string()).parse(reply))
  }

  /** 0 when it was not pending any more. */
  ack({ redis }: Connection, id: string): Promise<number> {
    return redis.xack(this.#stream, GROUP, id)
  }

  /** Leaves it to the first that claims; `unseen`: as if it had never been delivered. False when it was not pending any more. */
  async release({ redis }: Connection, id: string, unseen = false): Promise<boolean> {
    const count = unseen ? ['RETRYCOUNT', '0'] : []
    const args = [...this.#claimArgs(0, [id]), 'IDLE', String(RELEASED_IDLE_MS), ...count, 'JUSTID']
    return z.array(z.unknown()).parse(await redis.call('XCLAIM', ...args)).length > 0
  }

  /** Copies it to the dead letters and acknowledges it, both or neither. */
  async deadLetter({ redis }: Connection, to: string, id: string, fields: readonly Field[]): Promise<void> {
    // As one list: an entry may have more fields than a call takes arguments.
    const copied = redis.multi().call('XADD', [to, '*', ...fields])
    const replies = await copied.xack(this.#stream, GROUP, id).exec()
    for (const [error] of replies ?? []) if (error) throw error
  }

  /** Deletes a consumer, unless entries are pending under its name, which would be lost with it. True when deleted. */
  async leave(connection: Connection, name = this.#name): Promise<boolean> {
    const [pending] = await this.#pendingOf(connection, '-', '+', '1', name)
    if (pending) return false
    await connection.redis.call('XGROUP', 'DELCONSUMER', this.#stream, GROUP, name)
    return true
  }

  #claimArgs(idleMs: number, ids: readonly string[]): string[] {
    return [this.#stream, GROUP, this.#name, String(idleMs), ...ids]
  }

  async #pendingOf({ redis }: Connection, ...args: string[]): Promise<Pending[]> {
    return readPending(await redis.call('XPENDING', this.#stream, GROUP, ...args))
  }
}
