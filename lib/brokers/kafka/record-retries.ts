import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'
import type { PartitionBackoff } from './partition-pauses.ts'

/** After a failure, before the same record is tried again: longer and longer, so that it does not fill the history. */
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 5_000

/** One arrival of a record at its consumer, as it was emitted. */
export interface Arrived {
  delivery: number
  attempt: number | null
}

/** Kafka counts no attempts: those of one consumer in a row are known, and what came before them is not. */
export const attemptAfter = (before: Arrived | undefined, redelivered: boolean): number | null => {
  if (!redelivered) return 1
  return before === undefined || before.attempt === null ? null : before.attempt + 1
}

interface Tried {
  readonly offset: string
  /** Its latest arrival. */
  latest: Arrived
  failures: number
  isSkipped: boolean
  timer: NodeJS.Timeout | undefined
}

/**
 * The record of each partition that a worker is at, from its first try to its last. Kafka cannot take back a single record:
 * a worker that failed at one reads it again, and everything behind it in its partition waits; the other partitions go on. A
 * poison message, at which every worker fails, thus holds its partition up until somebody skips it.
 */
export class RecordRetries {
  readonly #pauses: PartitionBackoff
  /** By partition. */
  readonly #tried = new Map<number, Tried>()

  constructor(pauses: PartitionBackoff) {
    this.#pauses = pauses
  }

  /** Delivers a record that is processed now; `deliver` gets the arrival before, where it was tried before. */
  try(partition: number, offset: string, deliver: (before: Arrived | undefined) => Arrived): void {
    const before = this.#at(partition, offset)
    const latest = deliver(before?.latest)
    if (before === undefined) {
      this.done(partition)
      this.#tried.set(partition, { offset, latest, failures: 0, isSkipped: false, timer: undefined })
    } else before.latest = latest
  }

  isSkipped(partition: number, offset: string): boolean {
    return this.#at(partition, offset)?.isSkipped === true
  }

  /** It is tried again once its partition has backed off. */
  failed(partition: number): void {
    const tried = this.#tried.get(partition)
    if (tried === undefined) return
    const delayMs = backoffMs(tried.failures, FIRST_BACKOFF_MS, MAX_BACKOFF_MS)
    tried.failures += 1
    this.#pauses.backOff(partition)
    tried.timer = setTimeout(() => this.#endBackOff(partition, tried), delayMs).unref()
  }

  /** The record is done, or another one is read. */
  done(partition: number): void {
    const tried = this.#tried.get(partition)
    if (tried === undefined) return
    this.#tried.delete(partition)
    this.#endBackOff(partition, tried)
  }

  /** The record of this delivery counts as done when it is read next, without a try. Throws AppError `delivery-not-found`. */
  skip(delivery: number): void {
    const at = [...this.#tried].find(([, { latest }]) => latest.delivery === delivery)
    if (at === undefined) {
      throw new AppError('delivery-not-found', `it is not at the record of delivery ${delivery} now`)
    }
    const [partition, tried] = at
    tried.isSkipped = true
    this.#endBackOff(partition, tried)
  }

  /** The partitions are assigned anew, or read from elsewhere. */
  reset(): void {
    for (const partition of [...this.#tried.keys()]) this.done(partition)
  }

  #at(partition: number, offset: string): Tried | undefined {
    const tried = this.#tried.get(partition)
    return tried?.offset === offset ? tried : undefined
  }

  #endBackOff(partition: number, tried: Tried): void {
    if (tried.timer === undefined) return
    clearTimeout(tried.timer)
    tried.timer = undefined
    this.#pauses.endBackOff(partition)
  }
}
