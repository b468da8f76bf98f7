import { AppError } from '#lib/protocol/errors.ts'
import { backoffMs } from '#lib/util/backoff.ts'

/** After a failure, before the same record is tried again: longer and longer, so that it does not fill the history. */
const FIRST_REST_MS = 500
const MAX_REST_MS = 5_000

interface Rests {
  rest(partition: number): void
  rested(partition: number): void
}

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
 * a worker that failed at one reads it again, and everything behind it in its partition waits; the other partitions go on.
 */
export class FailedRecords {
  readonly #pauses: Rests
  /** By partition. */
  readonly #tried = new Map<number, Tried>()

  constructor(pauses: Rests) {
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

  /** It is tried again after a rest of its partition. */
  failed(partition: number): void {
    const tried = this.#tried.get(partition)
    if (tried === undefined) return
    const restMs = backoffMs(tried.failures, FIRST_REST_MS, MAX_REST_MS)
    tried.failures += 1
    this.#pauses.rest(partition)
    tried.timer = setTimeout(() => this.#endRest(partition, tried), restMs).unref()
  }

  /** The record is done, or another one is read. */
  done(partition: number): void {
    const tried = this.#tried.get(partition)
    if (tried === undefined) return
    this.#tried.delete(partition)
    this.#endRest(partition, tried)
  }

  /** The record of this delivery counts as done when it is read next, without a try. Throws AppError `delivery-not-found`. */
  skip(delivery: number): void {
    const at = [...this.#tried].find(([, { latest }]) => latest.delivery === delivery)
    if (at === undefined) {
      throw new AppError('delivery-not-found', `it is not at the record of delivery ${delivery} now`)
    }
    const [partition, tried] = at
    tried.isSkipped = true
    this.#endRest(partition, tried)
  }

  /** The partitions are assigned anew, or read from elsewhere. */
  reset(): void {
    for (const partition of [...this.#tried.keys()]) this.done(partition)
  }

  #at(partition: number, offset: string): Tried | undefined {
    const tried = this.#tried.get(partition)
    return tried?.offset === offset ? tried : undefined
  }

  #endRest(partition: number, tried: Tried): void {
    if (tried.timer === undefined) return
    clearTimeout(tried.timer)
    tried.timer = undefined
    this.#pauses.rested(partition)
  }
}
