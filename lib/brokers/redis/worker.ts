import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { Absence, Attempt } from '#lib/brokers/kit/consumer-life.ts'
import { succeedsWithin } from '#lib/brokers/kit/deadlines.ts'
import { wordsOf } from '#lib/brokers/kit/failures.ts'
import { type Unacked, UnackedDeliveries } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { BlockingReads } from './blocking-reads.ts'
import { ANSWER_TIMEOUT_MS, type Connection, openPair } from './connection.ts'
import { type ConsumerOptions, RedisConsumer, type RedisSession } from './consume.ts'
import { failures, isErrorReply } from './failures.ts'
import type { ItemDelivery } from './metadata.ts'
import { changed, queueConsumerSettings, type WorkerSettings } from './settings.ts'

const LEAVE_TIMEOUT_MS = 2_000
const LIVE_SETTINGS = [
  'ackMode',
  'prefetch',
  'processingMs',
  'failurePercent',
  'onFailure',
  'heartbeat',
] as const

/** What a queue's backend may ask of one of its workers. */
export interface WorkerView<T> {
  settings(): WorkerSettings
  /** How many more deliveries it may hold. */
  room(): number
  held(): Array<Unacked<T>>
  take(delivery: ItemDelivery<T>): void
  emit(event: ConsumerEvent): void
  fault(code: string, text: string): void
}

/** All that differs between the workers of a stream's group and those of a list. Throws raw errors. */
export interface QueueBackend<T> {
  /** Why nothing can be read again here. */
  readonly noReplay: string | undefined
  /** Joins on fresh connections. Throws AppError `destination-not-found` when the destination was removed. */
  join(connection: Connection): Promise<void>
  /** Rises when what it had joined was gone and had to be created anew. */
  generation(): number
  /** After an absence: what Redis still keeps for it. */
  pending(connection: Connection): Promise<Array<ItemDelivery<T>>>
  /** Waits for new deliveries, `room` at most. `noAck`: they need no acknowledgement. */
  next(connection: Connection, room: number, noAck: boolean): Promise<Array<ItemDelivery<T>>>
  /** Takes over what other workers left behind. Called every `reclaimEveryMs`; `isStopped` says that it is too late. */
  reclaim(connection: Connection, worker: WorkerView<T>, isStopped: () => boolean): Promise<void>
  reclaimEveryMs(): number
  /** Returns what Redis answered, as events. */
  settle(
    connection: Connection,
    unacked: Unacked<T>,
    verb: SettleVerb,
    reason: string,
  ): Promise<ConsumerEvent[]>
  /** Gives back what it holds, and leaves. `unseen` was delivered to it, but never emitted. */
  release(
    connection: Connection,
    held: ReadonlyArray<Unacked<T>>,
    unseen: readonly T[],
  ): Promise<ConsumerEvent[]>
}

/**
 * A worker's two connections, which live and end together: Redis answers a connection's commands in order, so one that
 * waits for the next message could not acknowledge the last.
 */
interface WorkerSession extends RedisSession {
  readonly reading: Connection
  readonly settling: Connection
  /** Says QUIT on both. Never throws. */
  quit(deadlineMs: number): Promise<void>
}

/**
 * One worker on two connections of its own. A lost connection is replaced by itself, and what Redis still keeps for the
 * worker comes again at once, marked redelivered.
 */
export class Worker<T> extends RedisConsumer<WorkerSession> {
  readonly #backend: QueueBackend<T>
  readonly #unacked: UnackedDeliveries<T>
  #settings: WorkerSettings
  #reads: BlockingReads | undefined
  #stopReclaiming = () => {}
  #generation = 0
  #wasAway = false
  #isPaused = false
  #isLeaving = false
  /** Delivered while it was leaving, and not emitted. */
  #unseen: T[] = []

  constructor(options: ConsumerOptions, settings: WorkerSettings, backend: QueueBackend<T>) {
    super(options, LEAVE_TIMEOUT_MS)
    this.#settings = settings
    this.#backend = backend
    this.#unacked = new UnackedDeliveries<T>({
      processing: () => this.#settings,
      settle: (unacked, verb, reason) => {
        const connection = this.life.session?.settling
        if (!connection) return null
        connection.writeTogether('end')
        return backend.settle(connection, unacked, verb, reason ?? '')
      },
      emit: (event) => this.life.emit(event),
      isRefusal: isErrorReply,
      onRefused: (error) => this.fault('broker-refused', error.message),
      onRoom: () => this.#reads?.mayRead(),
      toAppError: failures.toAppError,
    })
  }

  async pause(): Promise<void> {
    this.#isPaused = true
    this.#unacked.pause()
    if (this.#settings.ackMode === 'none') this.#reads?.renew()
  }

  async resume(): Promise<void> {
    this.#isPaused = false
    this.#unacked.resume()
    this.#reads?.mayRead()
  }

  async update(change: Settings): Promise<void> {
    const { spec } = this
    this.#settings = changed(queueConsumerSettings, spec.settings, change, LIVE_SETTINGS)
    this.spec = { ...spec, settings: { ...spec.settings, ...change } }
    // The read under way was asked for with the old prefetch.
    this.#reads?.renew()
    this.#reads?.mayRead()
    this.#unacked.restart()
  }

  settle(delivery: number, verb: SettleVerb): Promise<void> {
    return this.#unacked.settle(delivery, verb)
  }

  async seek(): Promise<void> {
    throw new AppError('not-capable', this.#backend.noReplay ?? '')
  }

  protected async open({ signal }: Attempt<WorkerSession>): Promise<WorkerSession> {
    const reading = this.connectionOptions(signal)
    const settling = { ...reading, name: `${reading.name}:settling`, answerTimeoutMs: ANSWER_TIMEOUT_MS }
    const { first, second, ...pair } = await openPair(reading, settling)
    try {
      await this.#backend.join(second)
      return { ...pair, reading: first, settling: second }
    } catch (error) {
      await pair.destroy()
      throw error
    }
  }

  protected override onAttaching({ runId }: WorkerSession, absence: Absence | null): void {
    const before = this.#generation
    this.#generation = this.#backend.generation()
    this.#wasAway = absence !== null
    const gap = this.gapAfter(absence, runId)
    if (gap && this.#generation !== before) this.life.emit(gap)
  }

  protected onAttached(session: WorkerSession): void {
    void this.#begin(session)
  }

  /** What it held is Redis's to deliver again. */
  protected override onLost(): void {
    this.#stopReclaiming()
    this.#reads?.abandon()
    this.#unacked.clear()
  }

  protected async goodbye(session: WorkerSession, stepMs: number): Promise<void> {
    this.#isLeaving = true
    this.#stopReclaiming()
    this.#unacked.pause()
    await this.#reads?.stop(stepMs)
    await succeedsWithin('giving back', stepMs, async () => {
      await this.#unacked.settled()
      const events = await this.#backend.release(session.settling, this.#unacked.held(), this.#unseen)
      for (const event of events) this.life.emit(event)
    })
    this.#unacked.clear()
    await session.quit(stepMs)
  }

  async #begin(session: WorkerSession): Promise<void> {
    const { reading, settling } = session
    const onRefused = (error: unknown) => {
      // The end of the connection is reported by itself.
      if (this.#isUp(session) && settling.isWritable()) this.fault('broker-refused', wordsOf(error))
    }
    const onFailed = (error: unknown) => {
      onRefused(error)
      void session.destroy('it failed')
    }
    if (this.#wasAway) {
      // The worker can go on without these: they stay pending until somebody claims them.
      const pending = await this.#backend.pending(settling).catch(onRefused)
      for (const delivery of pending ?? []) this.#take(delivery, false)
    }
    if (!this.#isUp(session)) return
    this.#reads = new BlockingReads({
      room: () => this.#room(),
      read: async (room) => {
        const noAck = this.#settings.ackMode === 'none'
        for (const delivery of await this.#backend.next(reading, room, noAck)) this.#take(delivery, noAck)
      },
      unblock: () => settling.redis.client('UNBLOCK', reading.clientId),
      onNotRenewed: onRefused,
      onFailed,
    })
    this.#startReclaiming(settling, onFailed)
  }

  #isUp(session: WorkerSession): boolean {
    return this.life.isAttached && this.life.session === session
  }

  #startReclaiming(connection: Connection, onFailed: (error: unknown) => void): void {
    const view: WorkerView<T> = {
      settings: () => this.#settings,
      room: () => this.#room(),
      held: () => this.#unacked.held(),
      take: (delivery) => this.#take(delivery, false),
      emit: (event) => this.life.emit(event),
      fault: (code, text) => this.fault(code, text),
    }
    let timer: NodeJS.Timeout | undefined
    let isStopped = false
    const run = async () => {
      try {
        await this.#backend.reclaim(connection, view, () => isStopped)
      } catch (error) {
        if (!isStopped) onFailed(error)
      }
      if (!isStopped) timer = setTimeout(() => void run(), this.#backend.reclaimEveryMs())
    }
    void run()
    this.#stopReclaiming = () => {
      isStopped = true
      clearTimeout(timer)
    }
  }

  /** Paused, a worker holds what it receives, up to its prefetch; if nothing is acknowledged, it asks for nothing. */
  #room(): number {
    const { ackMode, prefetch } = this.#settings
    return ackMode === 'none' && this.#isPaused ? 0 : prefetch - this.#unacked.size
  }

  #take({ item, content }: ItemDelivery<T>, noAck: boolean): void {
    if (this.#isLeaving && !noAck) {
      this.#unseen.push(item)
      return
    }
    const delivery = this.nextDelivery()
    this.life.emit({ type: 'delivered', delivery, ...content, inHand: !noAck, at: now() })
    // A listener may have crashed it just now.
    if (this.life.isAttached) this.#unacked.add({ delivery, item, settles: !noAck })
  }
}

/** The event of a settlement; without a reason where there is none. */
export const settledEvent = (
  type: 'acknowledged' | 'requeued' | 'rejected',
  delivery: number,
  evidence: 'broker' | 'client',
  reason = '',
): ConsumerEvent => ({ type, delivery, evidence, at: now(), ...(reason === '' ? {} : { reason }) })
