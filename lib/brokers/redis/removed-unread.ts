import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import { GROUP } from './names.ts'
import { answer, readGroups, readStreamInfo } from './replies.ts'

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

  /** Looks, and emits those that were not reported yet at an attached worker: the group misses them, whoever sees it first. */
  async report(
    connection: Connection,
    worker: { isAttached: boolean; emit(event: ConsumerEvent): void },
  ): Promise<void> {
    await this.look(connection)
    const missed = this.#unreported
    if (missed === 0 || !worker.isAttached) return
    this.#unreported = 0
    worker.emit({ type: 'gap', reason: 'retention', missed, awayMs: 0, at: now() })
  }
}

function isBefore(id: string, other: string): boolean {
  const [ms = 0n, sequence = 0n] = id.split('-').map(BigInt)
  const [otherMs = 0n, otherSequence = 0n] = other.split('-').map(BigInt)
  return ms < otherMs || (ms === otherMs && sequence < otherSequence)
}
