import { z } from 'zod'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import type { Field } from './metadata.ts'
import { GROUP } from './names.ts'
import {
  answer,
  type Entry,
  type Pending,
  readEntries,
  readGroups,
  readPending,
  readStream,
  readStreamInfo,
} from './replies.ts'

/**
 * What a worker gives back stays pending, with an idle time so high that the next worker that reclaims takes it: Redis has
 * no command that returns an entry to its group.
 */
export const RELEASED_IDLE_MS = 86_400_000

/** A worker reclaims so often within the time after which an entry may be claimed, within these bounds. */
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

  /** Entries pending for anyone that have been idle for so long. */
  idle(connection: Connection, idleMs: number): Promise<Pending[]> {
    return this.#pendingOf(connection, 'IDLE', String(idleMs), '-', '+', String(PENDING_COUNT))
  }

  /** Takes over those of `ids` that are still idle for so long. */
  async claim({ redis }: Connection, ids: readonly string[], idleMs: number): Promise<Entry[]> {
    return readEntries(await redis.callBuffer('XCLAIM', ...this.#claimArgs(idleMs, ids)))
  }

  /** Resets the idle time of entries that it still works on. */
  async touch({ redis }: Connection, ids: readonly string[]): Promise<void> {
    await redis.call('XCLAIM', ...this.#claimArgs(0, ids), 'JUSTID')
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
    const copied = redis.multi().xadd(to, '*', ...fields)
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

/** The figures are asked for no more often than this, by whichever worker is due. */
const LOOK_EVERY_MS = 1_000

/**
 * Entries that were removed from a stream (MAXLEN, XTRIM) before its group was delivered them. Redis keeps no such figure:
 * they are what was appended and is neither kept nor was delivered. What an XDEL took is not among them.
 */
export class RemovedUnread {
  readonly #stream: string
  /** As many as there were at the last look; null: of a group that was there before, at its first look. */
  #known: number | null = null
  #unreported = 0
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(stream: string) {
    this.#stream = stream
  }

  /** The group has just been created, before the stream's first entry. */
  startAnew(): void {
    this.#known = 0
  }

  /** Never throws the broker's refusal: where a user may not ask, nothing is known. */
  async look({ redis }: Connection): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_EVERY_MS) return
    this.#lookedAt = performance.now()
    const asked = redis.multi().call('XINFO', 'STREAM', this.#stream).call('XINFO', 'GROUPS', this.#stream)
    const replies = await asked.exec().catch((error: unknown) => {
      if (isErrorReply(error)) return null
      throw error
    })
    if (replies === null || replies.some(([error]) => error !== null)) return
    const { added, length, lastId, firstId } = readStreamInfo(answer(replies, 0))
    const group = readGroups(answer(replies, 1)).find(({ name }) => name === GROUP)
    if (added === null || group === undefined || group.read === null) return
    const isAtEnd = group.lastId === lastId
    // In between, Redis does not say how many entries wait; and none were removed there, while older ones are kept.
    if (!isAtEnd && (firstId === null || !isBefore(group.lastId, firstId))) return
    const removed = added - group.read - (isAtEnd ? 0 : length)
    this.#unreported += Math.max(0, removed - (this.#known ?? removed))
    this.#known = removed
  }

  /** Those that were not reported yet. */
  take(): ConsumerEvent | null {
    const missed = this.#unreported
    this.#unreported = 0
    return missed > 0 ? { type: 'gap', reason: 'retention', missed, awayMs: 0, at: now() } : null
  }
}

function isBefore(id: string, other: string): boolean {
  const [ms = 0n, sequence = 0n] = id.split('-').map(BigInt)
  const [otherMs = 0n, otherSequence = 0n] = other.split('-').map(BigInt)
  return ms < otherMs || (ms === otherMs && sequence < otherSequence)
}
