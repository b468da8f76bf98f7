import type { ConsumerEvent, ModeManifest } from '#lib/brokers/contract.ts'
import type { Absence, Attempt } from '#lib/brokers/kit/consumer-life.ts'
import { succeedsWithin } from '#lib/brokers/kit/deadlines.ts'
import { type Unacked, UnackedDeliveries } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { now } from '#lib/util/clock.ts'
import { BlockingReads } from './blocking-reads.ts'
import { ANSWER_TIMEOUT_MS, type Connection, type ConnectionPair, openPair, unblock } from './connection.ts'
import { type ConsumerOptions, RedisConsumer } from './consume.ts'
import { failures, isErrorReply } from './failures.ts'
import type { ItemDelivery } from './metadata.ts'
import { WORKER, type WorkerSettings } from './settings.ts'

const LEAVE_TIMEOUT_MS = 2_000

/**
 * A worker's two connections: Redis answers a connection's commands in order, so one that waits for the next message could
 * not acknowledge the last.
 */
export interface WorkerSession extends ConnectionPair {
  readonly reading: Connection
  readonly settling: Connection
}

/**
 * One worker on two connections of its own. A lost connection is replaced by itself, and what Redis still keeps for the
 * worker comes again at once, marked redelivered. What differs between the workers of a stream's group and those of a list
 * is abstract here; those methods throw raw errors.
 */
export abstract class Worker<T> extends RedisConsumer<WorkerSession, WorkerSettings> {
  protected readonly unacked: UnackedDeliveries<T>
  #reads: BlockingReads | undefined
  #stopReclaiming = () => {}
  #redeclarations = 0
  #wasAway = false
  #isPaused = false
  #isLeaving = false
  /** Delivered while it was leaving, and not emitted. */
  #unseen: T[] = []

  constructor(options: ConsumerOptions, mode: ModeManifest) {
    super(options, mode, WORKER, LEAVE_TIMEOUT_MS)
    this.unacked = new UnackedDeliveries<T>({
      processing: () => this.settings,
      settle: (unacked, verb, reason) => {
        const connection = this.life.session?.settling
        if (!connection) return null
        connection.writeTogether('end')
        return this.writeSettlement(connection, unacked, verb, reason ?? '')
      },
      emit: (event) => this.life.emit(event),
      isRefusal: isErrorReply,
      onRefused: (error) => this.fault('broker-refused', error.message),
      onRoom: () => this.#reads?.mayRead(),
      toAppError: failures.toAppError,
    })
  }

  /** Why a settlement came too late. */
  protected abstract readonly goneReason: string
  /** Joins on fresh connections. Throws AppError `destination-not-found` when the destination was removed. */
  protected abstract join(connection: Connection): Promise<void>
  /** Waits for new deliveries, `capacity` at most. `noAck`: they need no acknowledgement. */
  protected abstract next(
    connection: Connection,
    capacity: number,
    noAck: boolean,
  ): Promise<Array<ItemDelivery<T>>>
  /**
   * Takes over what crashed workers held: pending entries of a stream's group (`stream-worker`), or the lists of workers
   * whose connection is gone (`list-worker`). Called every `reclaimEveryMs`; `isStopped` says that it is too late.
   */
  protected abstract reclaim(connection: Connection, isStopped: () => boolean): Promise<void>
  protected abstract reclaimEveryMs(): number
  /** Returns what Redis answered, as events. */
  protected abstract writeSettlement(
    connection: Connection,
    unacked: Unacked<T>,
    verb: SettleVerb,
    reason: string,
  ): Promise<ConsumerEvent[]>
  /** Gives back what is unacked, and leaves. `unseen` was delivered to it, but never emitted. */
  protected abstract release(
    connection: Connection,
    unacked: ReadonlyArray<Unacked<T>>,
    unseen: readonly T[],
  ): Promise<ConsumerEvent[]>

  /** How often what it joins was gone and had to be created anew. */
  protected redeclarations(): number {
    return 0
  }

  /** After an absence: what Redis still keeps for it. */
  protected async unackedBefore(_connection: Connection): Promise<Array<ItemDelivery<T>>> {
    return []
  }

  async pause(): Promise<void> {
    this.#isPaused = true
    this.unacked.pause()
    // A read under way would still hand over what comes first, and that would be settled.
    if (this.settings.ackMode === 'none') await this.#reads?.renew()
  }

  async resume(): Promise<void> {
    this.#isPaused = false
    this.unacked.resume()
    this.#reads?.mayRead()
  }

  protected onUpdated(): void {
    // The read under way was asked for with the old prefetch.
    void this.#reads?.renew()
    this.unacked.restart()
  }

  override settle(delivery: number, verb: SettleVerb): Promise<void> {
    return this.unacked.settle(delivery, verb)
  }

  async open({ signal }: Attempt<WorkerSession>): Promise<WorkerSession> {
    const reading = this.connectionOptions(signal)
    const settling = { ...reading, name: `${reading.name}:settling`, answerTimeoutMs: ANSWER_TIMEOUT_MS }
    const pair = await openPair(reading, settling)
    try {
      await this.join(pair.second)
      return { ...pair, reading: pair.first, settling: pair.second }
    } catch (error) {
      await pair.destroy()
      throw error
    }
  }

  onAttaching({ runId }: WorkerSession, absence: Absence | null): void {
    const before = this.#redeclarations
    this.#redeclarations = this.redeclarations()
    this.#wasAway = absence !== null
    const gap = this.gapAfter(absence, runId)
    if (gap && this.#redeclarations !== before) this.life.emit(gap)
  }

  onAttached(session: WorkerSession): void {
    void this.#begin(session)
  }

  /** What it held stays with Redis, until another worker reclaims it. */
  override onLost(): void {
    this.#stopReclaiming()
    this.#reads?.abandon()
    this.unacked.clear()
  }

  async goodbye(session: WorkerSession, stepMs: number): Promise<void> {
    this.#isLeaving = true
    this.#stopReclaiming()
    this.unacked.pause()
    await this.#reads?.stop(stepMs)
    await succeedsWithin('giving back', stepMs, async () => {
      await this.unacked.settled()
      const events = await this.release(session.settling, this.unacked.unsettled(), this.#unseen)
      for (const event of events) this.life.emit(event)
    })
    this.unacked.clear()
    await session.quit(stepMs)
  }

  /**
   * How many more deliveries it may hold. Paused, it still fills its prefetch; if nothing is acknowledged, it asks for
   * nothing.
   */
  protected capacity(): number {
    const { ackMode, prefetch } = this.settings
    return ackMode === 'none' && this.#isPaused ? 0 : prefetch - this.unacked.size
  }

  protected receive({ item, content, isPoison }: ItemDelivery<T>, noAck: boolean): void {
    if (this.#isLeaving && !noAck) {
      this.#unseen.push(item)
      return
    }
    const delivery = this.nextDelivery()
    this.life.emit({ type: 'delivered', delivery, ...content, inHand: !noAck, at: now() })
    // A listener may have crashed it just now.
    if (this.life.isAttached) this.unacked.add({ delivery, item, isPoison, settles: !noAck })
  }

  /** The events of a settlement. `isOurs`: Redis still kept the delivery for this worker. */
  protected settled(
    type: 'acknowledged' | 'requeued',
    delivery: number,
    isOurs: boolean,
    reason = '',
  ): ConsumerEvent[] {
    if (isOurs) return [settledEvent(type, delivery, 'broker', reason)]
    return [settledEvent(type, delivery, 'client', this.goneReason)]
  }

  async #begin(session: WorkerSession): Promise<void> {
    const { reading, settling } = session
    if (this.#wasAway) {
      try {
        for (const delivery of await this.unackedBefore(settling)) this.receive(delivery, false)
      } catch (error) {
        // The worker can go on without these: they stay pending until somebody claims them.
        this.reportRefusal(settling, error)
      }
    }
    if (!this.life.isAttached || this.life.session !== session) return
    this.#reads = new BlockingReads({
      capacity: () => this.capacity(),
      read: async (capacity) => {
        const noAck = this.settings.ackMode === 'none'
        for (const delivery of await this.next(reading, capacity, noAck)) this.receive(delivery, noAck)
      },
      unblock: () => unblock(settling, reading),
      onNotRenewed: (error) => this.reportRefusal(settling, error),
      onFailed: (error) => this.giveUp(session, settling, error),
    })
    this.#startReclaiming(session)
  }

  #startReclaiming(session: WorkerSession): void {
    const { settling } = session
    let timer: NodeJS.Timeout | undefined
    let isStopped = false
    const run = async () => {
      try {
        await this.reclaim(settling, () => isStopped)
      } catch (error) {
        if (!isStopped) this.giveUp(session, settling, error)
      }
      if (!isStopped) timer = setTimeout(() => void run(), this.reclaimEveryMs())
    }
    void run()
    this.#stopReclaiming = () => {
      isStopped = true
      clearTimeout(timer)
    }
  }
}

/** The event of a settlement; without a reason where there is none. */
export const settledEvent = (
  type: 'acknowledged' | 'requeued' | 'rejected',
  delivery: number,
  evidence: 'broker' | 'client',
  reason = '',
): ConsumerEvent => ({ type, delivery, evidence, at: now(), ...(reason === '' ? {} : { reason }) })
