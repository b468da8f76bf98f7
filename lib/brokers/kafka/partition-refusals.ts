import { backoffMs } from '#lib/util/backoff.ts'
import type { PartitionBackoff } from './partition-pauses.ts'

/**
 * The broker answers a fetch for each partition. kafkajs throws for the first that it refuses, without the others' records, and
 * ends the consumer where asking again does not help. A partition that the broker itself cannot read is passed to its reader as a
 * record that says so instead, and backs off, while the others are read on.
 */

/** Kafka's error codes for what is wrong with one partition on the broker, in words. */
const REFUSALS = new Map([
  [-1, 'the broker fails when it reads it (UNKNOWN_SERVER_ERROR)'],
  [2, 'its log is damaged on the broker (CORRUPT_MESSAGE)'],
  [56, 'the broker cannot read its disk (KAFKA_STORAGE_ERROR)'],
])
const NO_ERROR = 0
/** Beyond every offset, so that kafkajs does not take it for one that was read already. */
const BEYOND_EVERY_OFFSET = String(2n ** 63n - 1n)

/** What kafkajs makes of one partition of a fetch response. */
interface FetchedPartition {
  errorCode: number
  messages: unknown[]
}

/** Turns the refusal of a partition into a record with `refusal`. */
export function keepRefusal(partition: FetchedPartition): void {
  const refusal = REFUSALS.get(partition.errorCode)
  if (refusal === undefined) return
  partition.errorCode = NO_ERROR
  partition.messages = [
    {
      offset: BEYOND_EVERY_OFFSET,
      key: null,
      value: null,
      timestamp: '-1',
      attributes: 0,
      headers: {},
      refusal,
    },
  ]
}

/** Longer than after a failed record: what the broker cannot read seldom mends itself, and each refusal is a fault that people see. */
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 60_000

/** Has refused partitions back off, ever longer while they are refused again and again. Whoever made it ends it with `close`. */
export class RefusedPartitions {
  readonly #pauses: PartitionBackoff
  readonly #onRefused: (words: string) => void
  /** How often in a row. */
  readonly #refusals = new Map<number, number>()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(pauses: PartitionBackoff, onRefused: (words: string) => void) {
    this.#pauses = pauses
    this.#onRefused = onRefused
  }

  refused(partition: number, refusal: string): void {
    const before = this.#refusals.get(partition) ?? 0
    this.#refusals.set(partition, before + 1)
    this.#pauses.backOff(partition)
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#pauses.endBackOff(partition)
      },
      backoffMs(before, FIRST_BACKOFF_MS, MAX_BACKOFF_MS),
    )
    this.#timers.add(timer)
    this.#onRefused(`partition ${partition} cannot be read: ${refusal}`)
  }

  /** Records of the partition came. */
  answered(partition: number): void {
    this.#refusals.delete(partition)
  }

  /** Idempotent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
