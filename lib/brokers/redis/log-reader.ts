import type { Absence, Attempt } from '#lib/brokers/kit/consumer-life.ts'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { BlockingReads } from './blocking-reads.ts'
import { type Connection, openConnection, unblock } from './connection.ts'
import { type ConsumerOptions, RedisConsumer, type RedisSession } from './consume.ts'
import type { Destination } from './destination.ts'
import { orAppError } from './failures.ts'
import {
  askStream,
  type Batch,
  beginningOf,
  countBefore,
  isAtEnd,
  type Position,
  readAfter,
  seekPosition,
  startOf,
} from './log-position.ts'
import { logMode } from './manifest.ts'
import { deliveryOf } from './metadata.ts'
import { isBefore, type StreamInfo } from './replies.ts'
import { READER, type ReaderSettings } from './settings.ts'

/**
 * How long a reader that has caught up reads on without the stream's figures: short enough that nobody notices a late
 * gap, longer than the time between two entries of a lively stream.
 */
const AUDIT_MS = 50
/** How many entries one XREAD returns. What was read is missed by no later trim, so a slow reader reads few. */
const BATCH = 500
const SLOW_BATCH = 10

interface ReaderSession extends RedisSession {
  readonly connection: Connection
  /** The stream's figures when it was opened. */
  readonly info: StreamInfo
}

/**
 * A reader of a whole stream by XREAD, on a connection of its own and without a group: Redis does not know it. It keeps
 * its position itself, over pauses and lost connections, so that nothing is missed or read twice. What was removed from
 * the stream before the reader came there is a `gap`.
 */
export class Reader extends RedisConsumer<ReaderSession, ReaderSettings> {
  readonly #log: Pick<Destination, 'mustExist'>
  #position: Position = { after: '0-0', count: null }
  /** The last id that the stream was known to have given out. */
  #newest = '0-0'
  /** How many seeks there were: entries that were read for an earlier position are dropped. */
  #seeks = 0
  /** When the last entries came; null while it is not known to be at the stream's end. */
  #readAt: number | null = null
  /** Present while paused; resolved when it reads again. */
  #paused: Deferred<void> | undefined
  /** Ends the processing time of an entry. */
  #processed: Deferred<void> | undefined
  /** The next audit: entries were read without the stream's figures. */
  #audit: NodeJS.Timeout | undefined
  /** The next read is to find out whether anything is there, without waiting. */
  #mustAsk = false
  /** In an XREAD. */
  #isWaiting = false
  /** Its new position is being asked for. */
  #isSeeking = false
  #reads: BlockingReads | undefined

  /** Throws AppError `invalid`. */
  constructor(options: ConsumerOptions, log: Pick<Destination, 'mustExist'>) {
    super(options, logMode, READER)
    this.#log = log
    const { from, id } = this.settings
    if (from !== 'id' || id !== '') return
    throw new AppError('invalid', 'to start after an entry, give its id', { detail: { field: 'settings' } })
  }

  get position(): Position {
    return this.#position
  }

  async pause(): Promise<void> {
    this.#paused ??= createDeferred()
  }

  async resume(): Promise<void> {
    this.#readAt = null
    this.#paused?.resolve()
    this.#paused = undefined
  }

  protected onUpdated(): void {
    if (this.settings.processingMs === 0) this.#processed?.resolve()
  }

  /** Entries that were read for the old position and not delivered yet are dropped. */
  override async seek(seek: Seek): Promise<void> {
    this.#seeks++
    this.#readAt = null
    this.#isSeeking = true
    this.#processed?.resolve()
    try {
      // On the driver's connection: on the reader's own, the question would have to wait for the read.
      this.#position = await orAppError(seekPosition(this.parts.questions(), this.spec.address, seek))
    } finally {
      this.#isSeeking = false
      void this.#reads?.renew()
    }
  }

  async open({ signal, absence }: Attempt<ReaderSession>): Promise<ReaderSession> {
    const { address } = this.spec
    this.#log.mustExist()
    const connection = await openConnection(this.connectionOptions(signal))
    try {
      const info = await askStream(connection, address)
      if (!absence) {
        // Redis refuses now what it does not take for an id.
        if (this.settings.from === 'id' && !this.spec.madeAgain) {
          await connection.redis.call('XREAD', 'COUNT', '1', 'STREAMS', address, this.settings.id)
        }
        this.#position = this.spec.madeAgain
          ? beginningOf(info)
          : await startOf(connection, address, this.settings, info)
      }
      return { ...connection, connection, info }
    } catch (error) {
      await connection.destroy()
      throw error
    }
  }

  /** Of a stream that replaced the one it was reading, all is new. */
  onAttaching({ info, runId }: ReaderSession, absence: Absence | null): void {
    this.#readAt = null
    const gap = this.gapAfter(absence, runId)
    const isAnother = this.#isAnother(info)
    this.#newest = info.lastId
    if (!gap || !isAnother) return
    this.#position = beginningOf(info)
    this.life.emit(gap)
  }

  /**
   * What another connection learned of the stream may be older than what was read since, so it is only a reason to ask: a wait
   * for what comes after the entries of a stream that was replaced would never end.
   */
  async suspect(info: StreamInfo): Promise<void> {
    if (!this.#isWaiting || !this.#isAnother(info)) return
    this.#mustAsk = true
    await this.#reads?.renew()
  }

  /**
   * True if the stream was replaced: its count of appended entries is below what this reader has read (`more` of it just now), or
   * its last id is older than one already seen.
   */
  #isAnother({ lastId, added }: StreamInfo, more = 0): boolean {
    const { count } = this.#position
    return isBefore(lastId, this.#newest) || (count !== null && added !== null && added < count + more)
  }

  /** True when a read shows another stream, which is then read from its beginning: what was read of it means nothing. */
  #isReplaced({ info, entries }: Batch): boolean {
    if (info === null) return false
    const isAnother = this.#isAnother(info, entries.length)
    this.#newest = info.lastId
    if (!isAnother) return false
    this.#position = beginningOf(info)
    this.#readAt = null
    this.fault('position-lost', replacedWords(this.spec.address))
    return true
  }

  onAttached(session: ReaderSession): void {
    const { connection } = session
    this.#reads = new BlockingReads({
      capacity: () => (this.#isSeeking ? 0 : this.settings.processingMs > 0 ? SLOW_BATCH : BATCH),
      read: (count) => this.#read(session, count),
      unblock: async () => this.#isWaiting && unblock(this.parts.questions(), connection),
      onNotRenewed: (error) => this.reportRefusal(connection, error),
      onFailed: (error) => this.giveUp(session, connection, error),
    })
  }

  override onLost(): void {
    this.#reads?.abandon()
    this.#processed?.resolve()
  }

  async goodbye({ connection }: ReaderSession, stepMs: number): Promise<void> {
    this.onLost()
    this.#paused?.resolve()
    await this.#reads?.stop(stepMs)
    await connection.quit(stepMs)
  }

  override onEnded(): void {
    clearTimeout(this.#audit)
    super.onEnded()
  }

  async #read(session: ReaderSession, count: number): Promise<void> {
    const seeks = this.#seeks
    const { address } = this.spec
    const isDue = this.#readAt === null || performance.now() - this.#readAt >= AUDIT_MS
    const how = this.#mustAsk ? 'ask' : isDue ? 'wait-and-ask' : 'wait'
    this.#mustAsk = false
    this.#isWaiting = true
    const { after } = this.#position
    const read = readAfter(session.connection, { stream: address, after, count }, how)
    const batch = await read.finally(() => {
      this.#isWaiting = false
    })
    const isCurrent = () => this.#seeks === seeks && this.life.isAttached && this.life.session === session
    if (isCurrent() && this.#isReplaced(batch)) return
    // A read that a seek cut short says nothing about the new position.
    if (isCurrent()) this.#readAt = performance.now()
    await this.#deliver(address, batch, isCurrent)
    if (batch.entries.length > 0 && batch.info?.lastId !== this.#position.after) {
      this.#audit ??= setTimeout(() => {
        this.#audit = undefined
        // Without a connection nothing is read either; the first read of the next one asks for the figures itself.
        this.#checkCount().catch(() => undefined)
      }, AUDIT_MS)
    }
  }

  /**
   * Checks whether the reader has had every entry, apart from reading, so that no delivery waits for it: on another connection,
   * because the reader's own is blocked in XREAD. If entries are still ahead of it, the next read checks again. If every unread
   * entry was removed, XREAD might block for long, so it is ended and repeated once without blocking.
   */
  async #checkCount(): Promise<void> {
    const info = await askStream(this.parts.questions(), this.spec.address)
    const { after } = this.#position
    if (this.life.isEnded || info.added === null) return
    const isAnother = this.#isAnother(info)
    if (info.lastId === after && !isAnother) this.#arriveAt(info.added)
    else if (isAtEnd(info, after) || isAnother) {
      this.#mustAsk = true
      if (this.#isWaiting) await this.#reads?.renew()
    }
  }

  /** Delivers what was read, one entry after another, while it is still for the reader's position. */
  async #deliver(stream: string, batch: Batch, isCurrent: () => boolean): Promise<void> {
    await this.#paused?.promise
    if (!isCurrent()) return
    this.#arriveAt(countBefore(this.#position, batch))
    for (const entry of batch.entries) {
      if (this.#paused) await this.#paused.promise
      if (!isCurrent()) return
      const { count } = this.#position
      this.#position = { after: entry.id, count: count === null ? null : count + 1 }
      const content = deliveryOf(entry, { address: stream, stream }, 1, count)?.content
      if (!content) continue
      const delivery = this.nextDelivery()
      this.life.emit({ type: 'delivered', delivery, ...content, inHand: false, at: now() })
      if (this.settings.processingMs > 0) await this.#process(this.settings.processingMs)
    }
  }

  /** `reached` entries lie behind the reader; those among them that it has not counted are gone: it never had them. */
  #arriveAt(reached: number | null): void {
    const { count } = this.#position
    if (count !== null && reached !== null && reached > count) {
      this.life.emit({ type: 'gap', reason: 'retention', missed: reached - count, awayMs: 0, at: now() })
    }
    this.#position = { ...this.#position, count: reached }
  }

  async #process(ms: number): Promise<void> {
    const processed = createDeferred<void>()
    this.#processed = processed
    const timer = setTimeout(processed.resolve, ms)
    await processed.promise
    clearTimeout(timer)
  }
}

const replacedWords = (stream: string): string =>
  `the stream "${stream}" is another one now, with fewer or older entries than were read: it was made again, or replaced. It is read from its beginning.`
