import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import { isErrorReply } from './failures.ts'
import { GROUP } from './names.ts'
import { answer, isBefore, readGroups, readStreamInfo } from './replies.ts'

/** Workers that read ask for the figures no more often than this, whichever of them is due. */
const LOOK_EVERY_MS = 1_000
/** The last-delivered id of a group to which nothing was ever delivered. */
const BEFORE_FIRST = '0-0'

/**
 * Entries that were removed from a stream (MAXLEN, XTRIM) before its group was delivered them. Redis keeps no such figure:
 * they are what was appended and is neither kept nor was delivered. What an XDEL took is not among them, once the group has
 * been delivered something. ENTRIES-READ is how many entries the group was delivered on Redis 7.0; on Redis 8 and Valkey 9 the
 * next delivery makes it the number of the delivered entry in the stream, as if those that were removed had been delivered too.
 */
export class RemovedUnread {
  readonly #stream: string
  /** How many entries were found removed unread at the last look; null before the first look at a group that existed already. */
  #known: number | null = null
  /**
   * How many entries were found removed unread while nothing had ever been delivered to the group. Kept apart from `#known`, since
   * Redis counts a group's deliveries from the place of the first one on.
   */
  #knownBeforeFirst: number | null = null
  /** The group's last-delivered id at the last look. */
  #knownAt = BEFORE_FIRST
  /** Redis was seen to count what was removed as delivered. */
  #countsRemoved = false
  /** How many entries were found removed unread and have not been reported as a gap yet. */
  #unreported = 0
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(stream: string) {
    this.#stream = stream
  }

  /** The group has just been created: what was removed before that is not its loss. */
  async startAnew(connection: Connection): Promise<void> {
    this.#known = 0
    this.#knownBeforeFirst = null
    await this.look(connection)
  }

  /**
   * Call before anything is read. Never throws the broker's refusal: where a user may not ask, nothing is known, and it is
   * not asked again until somebody joins, because each refusal is an entry of Redis's ACL log.
   */
  async look({ redis }: Connection): Promise<void> {
    this.#lookedAt = performance.now()
    const asked = redis.multi().call('XINFO', 'STREAM', this.#stream).call('XINFO', 'GROUPS', this.#stream)
    const replies = await asked.exec().catch((error: unknown) => {
      if (!isErrorReply(error)) throw error
      this.#lookedAt = Number.POSITIVE_INFINITY
      return null
    })
    if (replies === null || replies.some(([error]) => error !== null)) return
    const { added, length, lastId, firstId, hasDeletions } = readStreamInfo(answer(replies, 0))
    const group = readGroups(answer(replies, 1)).find(({ name }) => name === GROUP)
    if (added === null || group === undefined) return
    if (group.read === null) {
      if (group.lastId !== BEFORE_FIRST) return
      this.#knownBeforeFirst = this.#add(added - length, this.#knownBeforeFirst)
      return
    }
    const isAtEnd = group.lastId === lastId
    // In between, Redis does not say how many entries wait; and none were removed there, while older ones are kept.
    if (!isAtEnd && (firstId === null || !isBefore(group.lastId, firstId))) return
    const removed = added - group.read - (isAtEnd ? 0 : length)
    // A deletion by XDEL makes any Redis count anew.
    if (removed < (this.#known ?? 0) && !hasDeletions) this.#countsRemoved = true
    // Where it has delivered since, such a Redis no longer shows the removed entries that were known: all it shows are new.
    const counted = this.#countsRemoved && group.lastId !== this.#knownAt ? 0 : this.#known
    this.#known = this.#add(removed, counted)
    this.#knownAt = group.lastId
  }

  /** Looks, and emits those that were not reported yet at an attached worker: the group misses them, whoever sees it first. */
  async report(
    connection: Connection,
    worker: { isAttached: boolean; emit(event: ConsumerEvent): void },
  ): Promise<void> {
    if (performance.now() - this.#lookedAt >= LOOK_EVERY_MS) await this.look(connection)
    const missed = this.#unreported
    if (missed === 0 || !worker.isAttached) return
    this.#unreported = 0
    worker.emit({ type: 'gap', reason: 'retention', missed, awayMs: 0, at: now() })
  }

  /** Adds what `removed` has grown by since `known` to what is to be reported. Returns `removed`, which is known from now on. */
  #add(removed: number, known: number | null): number {
    this.#unreported += Math.max(0, removed - (known ?? removed))
    return removed
  }
}
