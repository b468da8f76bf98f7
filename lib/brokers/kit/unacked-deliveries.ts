import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import { failureAt, type Processing } from './simulated-processing.ts'
import { WaitingLine } from './waiting-line.ts'

/**
 * A message that comes back after a failure would go round at full speed, keep a core busy and fill the history, without this
 * rest. It grows while one failure follows another, as a poison message makes them.
 */
const REST_AFTER_FAILURE_MS = 100
const REST_AFTER_FAILURE_MAX_MS = 1_000
/** A broker that refuses to settle (out of memory, read-only) is asked again after pauses that grow up to this. */
const REST_AFTER_REFUSAL_MAX_MS = 5_000

/** One delivery that a worker holds. `item` is what its system settles it by. */
export interface Unacked<T> {
  /** The number that this consumer never uses twice. */
  readonly delivery: number
  readonly item: T
  /** False where handing over was all, so that nothing is settled; it is processed all the same. */
  readonly settles: boolean
  /** Its processing always fails. */
  readonly isPoison?: boolean
}

/** What became of a settlement: the events that follow from it. Null: its connection is gone, and the delivery is the broker's. */
export type Settlement = readonly ConsumerEvent[] | null

export interface UnackedOptions<T> {
  /** As the settings are now. */
  processing(): Processing
  /**
   * Writes the settlement. Returns at once where writing is all there is to know, and a promise where the broker answers
   * (which rejects with the raw error).
   */
  settle(unacked: Unacked<T>, verb: SettleVerb, reason: string | undefined): Settlement | Promise<Settlement>
  emit(event: ConsumerEvent): void
  /** Whether the broker answered a settlement with a no: the delivery stays, and is settled again later. */
  isRefusal?(error: unknown): error is Error
  onRefused?(error: Error): void
  /** It may hold one more. */
  onRoom?(): void
  /** It was not settled at once and stays for a while: what only its first moment needed (the body) can be let go. */
  onStillUnacked?(unacked: Unacked<T>): void
  /** The failure of a settlement by hand, as its caller gets it. */
  toAppError(error: unknown): AppError
}

interface Entry<T> {
  readonly unacked: Unacked<T>
  state: 'waiting' | 'processing' | 'settling'
}

/**
 * What a worker holds: processed one at a time in the order of arrival, then settled by itself or, with manual
 * acknowledgements, by a person. Paused, nothing is processed, so that its prefetch fills up. Whoever owns it ends it with
 * `clear`.
 */
export class UnackedDeliveries<T> {
  readonly #options: UnackedOptions<T>
  readonly #entries = new Map<number, Entry<T>>()
  readonly #line = new WaitingLine<Entry<T>>()
  readonly #settlements = new Set<Promise<Settlement>>()
  #settlingCount = 0
  /** In a row. */
  #refusals = 0
  #failures = 0
  #isPaused = false
  #isDue = false
  #fresh: Array<Entry<T>> = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: UnackedOptions<T>) {
    this.#options = options
  }

  /** How many count against the prefetch: an acknowledgement that is on its way makes room already. */
  get size(): number {
    return this.#entries.size - this.#settlingCount
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Processing begins when the running code is over: whoever watches hears first of all that arrived together. */
  add(unacked: Unacked<T>): void {
    const entry: Entry<T> = { unacked, state: 'waiting' }
    this.#entries.set(unacked.delivery, entry)
    this.#line.push(entry)
    if (this.#options.onStillUnacked) this.#fresh.push(entry)
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => this.#processFresh())
  }

  pause(): void {
    this.#isPaused = true
    this.#stopTimer()
  }

  resume(): void {
    this.#isPaused = false
    this.#process()
  }

  /** Settings have changed: what is being processed begins anew. */
  restart(): void {
    this.#stopTimer()
    this.#process()
  }

  /** Settles one by hand. Throws AppError `not-capable`, `delivery-not-found`, or what the broker made of it. */
  async settle(delivery: number, verb: SettleVerb): Promise<void> {
    if (this.#options.processing().ackMode !== 'manual') {
      throw new AppError('not-capable', 'this worker settles by itself: its ackMode is not manual')
    }
    const entry = this.#entries.get(delivery)
    if (!entry?.unacked.settles || entry.state === 'settling') throw notUnacked(delivery)
    let settled: boolean
    try {
      settled = await this.#settle(entry, verb, 'decided by hand')
    } catch (error) {
      throw this.#options.toAppError(error)
    }
    if (!settled) throw notUnacked(delivery)
  }

  /** What waits to be settled, oldest first: without what is being settled now and what settles nothing. */
  unsettled(): Array<Unacked<T>> {
    return [...this.#entries.values()]
      .filter(({ state, unacked }) => state !== 'settling' && unacked.settles)
      .map(({ unacked }) => unacked)
  }

  /** Forgets all, which is the broker's to deliver again, and returns what was held. */
  clear(): Array<Unacked<T>> {
    this.#stopTimer()
    const held = [...this.#entries.values()].map(({ unacked }) => unacked)
    this.#entries.clear()
    this.#line.clear()
    this.#settlingCount = 0
    return held
  }

  /** Resolves once nothing is being settled. */
  async settled(): Promise<void> {
    while (this.#settlements.size > 0) await Promise.allSettled(this.#settlements)
  }

  #processFresh(): void {
    this.#isDue = false
    this.#process()
    const { onStillUnacked } = this.#options
    if (!onStillUnacked) return
    for (const entry of this.#fresh) if (this.#isHeld(entry)) onStillUnacked(entry.unacked)
    this.#fresh = []
  }

  #process(): void {
    while (!this.#isPaused && this.#timer === undefined) {
      const next = this.#line.first((entry) => this.#isHeld(entry) && entry.state !== 'settling')
      const { ackMode, processingMs } = this.#options.processing()
      if (next === undefined || (ackMode === 'manual' && next.unacked.settles)) return
      next.state = 'processing'
      if (processingMs === 0) {
        this.#finish(next)
        continue
      }
      this.#after(processingMs, () => {
        if (this.#isHeld(next)) this.#finish(next)
        this.#process()
      })
    }
  }

  #finish(entry: Entry<T>): void {
    this.#line.shift()
    if (!entry.unacked.settles) {
      this.#remove(entry)
      return
    }
    const processing = this.#options.processing()
    const failure = failureAt(processing, entry.unacked.isPoison)
    const { onFailure } = processing
    this.#settleByItself(entry, failure === null ? 'ack' : onFailure, failure ?? undefined)
    if (failure === null || onFailure !== 'requeue') this.#failures = 0
    else this.#after(this.#restAfterFailure(), () => this.#process())
  }

  #restAfterFailure(): number {
    const restMs = Math.min(REST_AFTER_FAILURE_MAX_MS, REST_AFTER_FAILURE_MS * 2 ** this.#failures)
    if (restMs < REST_AFTER_FAILURE_MAX_MS) this.#failures += 1
    return restMs
  }

  #settleByItself(entry: Entry<T>, verb: SettleVerb, reason: string | undefined): void {
    const settled = this.#settle(entry, verb, reason)
    if (typeof settled === 'boolean') return
    settled.catch((error: unknown) => {
      // Without an answer its connection has ended, and what it held is the broker's to deliver again.
      if (!this.#isHeld(entry) || !this.#options.isRefusal?.(error)) return
      this.#line.push(entry)
      this.#options.onRefused?.(error)
      const restMs = backoffMs(this.#refusals, REST_AFTER_FAILURE_MS, REST_AFTER_REFUSAL_MAX_MS)
      this.#refusals += 1
      if (this.#timer === undefined) this.#after(restMs, () => this.#process())
    })
  }

  /** False where the connection is gone. Rejects with the raw error. */
  #settle(entry: Entry<T>, verb: SettleVerb, reason: string | undefined): boolean | Promise<boolean> {
    entry.state = 'settling'
    const settlement = this.#options.settle(entry.unacked, verb, reason)
    if (settlement instanceof Promise) return this.#awaitAnswer(entry, settlement)
    return this.#conclude(entry, settlement)
  }

  #conclude(entry: Entry<T>, settlement: Settlement): boolean {
    if (settlement === null) {
      entry.state = 'waiting'
      return false
    }
    this.#refusals = 0
    this.#remove(entry)
    for (const event of settlement) this.#options.emit(event)
    return true
  }

  async #awaitAnswer(entry: Entry<T>, answer: Promise<Settlement>): Promise<boolean> {
    this.#settlingCount += 1
    this.#options.onRoom?.()
    this.#settlements.add(answer)
    try {
      const settlement = await answer
      if (!this.#isHeld(entry)) return true
      this.#settlingCount -= 1
      return this.#conclude(entry, settlement)
    } catch (error) {
      if (this.#isHeld(entry) && this.#options.isRefusal?.(error)) {
        entry.state = 'waiting'
        this.#settlingCount -= 1
      }
      throw error
    } finally {
      this.#settlements.delete(answer)
    }
  }

  #isHeld(entry: Entry<T>): boolean {
    return this.#entries.get(entry.unacked.delivery) === entry
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.unacked.delivery)
    this.#options.onRoom?.()
  }

  #after(ms: number, then: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      then()
    }, ms)
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

const notUnacked = (delivery: number) =>
  new AppError('delivery-not-found', `delivery ${delivery} is not unacked here`)
