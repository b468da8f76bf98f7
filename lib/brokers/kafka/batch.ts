import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import { failsAt } from '../kit/simulated-processing.ts'
import type { OffsetCommits } from './offset-commits.ts'
import type { ReadSettings } from './settings.ts'

/** Records delivered in one go; then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500
/** How often heartbeats and endings are checked during processing; kafkajs sends a heartbeat only when one is due. */
const SLICE_MS = 250
/** After a failure, before the same record is tried again. */
const RETRY_MS = 500

type Pausable = Pick<Consumer, 'pause' | 'resume'>

/**
 * From which partitions a consumer may take records: from none while a person paused it, and not from those that are not
 * positioned yet. kafkajs knows one list of paused partitions; this keeps the two reasons apart.
 */
export class PartitionPauses {
  readonly #topic: string
  #paused = false
  #held = new Set<number>()
  #client: Pausable | undefined

  constructor(topic: string) {
    this.#topic = topic
  }

  isPaused(partition: number): boolean {
    return this.#paused || this.#held.has(partition)
  }

  pause(): void {
    this.#paused = true
    this.#apply()
  }

  resume(): void {
    this.#paused = false
    this.#apply()
  }

  /** A new assignment: exactly these wait for their position. `client` must be a member of its group by then. */
  assign(client: Pausable, held: readonly number[]): void {
    this.#client = client
    this.#held = new Set(held)
    this.#apply()
  }

  /** These, too, wait for their position. */
  hold(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#held.add(partition)
    this.#apply()
  }

  release(partitions: Iterable<number>): void {
    for (const partition of partitions) this.#held.delete(partition)
    this.#apply()
  }

  /** The client is gone; what changes from now on applies to the next one. */
  detach(): void {
    this.#client = undefined
  }

  #apply(): void {
    if (!this.#client) return
    if (this.#paused) {
      this.#client.pause([{ topic: this.#topic }])
      return
    }
    this.#client.resume([{ topic: this.#topic }])
    if (this.#held.size > 0) this.#client.pause([{ topic: this.#topic, partitions: [...this.#held] }])
  }
}

export interface BatchReaderOptions {
  pauses: PartitionPauses
  commits: OffsetCommits
  settings(): ReadSettings
  /** False once nothing more may be delivered. */
  mayDeliver(): boolean
  deliver(record: KafkaMessage, partition: number): void
}

/**
 * Delivers fetched batches in order. What is left when the consumer is paused, loses the partition or ends is not committed
 * and comes again. Where processing takes time, each record is committed once it is done.
 */
export class BatchReader {
  readonly #options: BatchReaderOptions
  /** A heartbeat was refused: kafkajs still hands over other fetched batches, whose partitions are others' by now. */
  #interrupted = false

  constructor(options: BatchReaderOptions) {
    this.#options = options
  }

  async read(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary } = payload
    const { pauses, commits, mayDeliver } = this.#options
    const { messages, partition } = batch
    if (this.#interrupted) await this.#heartbeat(payload)
    const isOver = () => !mayDeliver() || !payload.isRunning() || payload.isStale()
    const isPaused = () => pauses.isPaused(partition)
    const markRead = (offset: string) => {
      resolveOffset(offset)
      commits.add(partition, String(BigInt(offset) + 1n), commitOffsetsIfNecessary)
    }
    const delivered = await this.#deliverAll(payload, { isOver, isPaused, markRead })
    // Control records may follow the last record; kafkajs goes on behind them, and so does the commit.
    const lastOffset = batch.lastOffset()
    const last = delivered === messages.length && messages.at(-1)
    if (last && BigInt(lastOffset) > BigInt(last.offset) && !isOver()) markRead(lastOffset)
  }

  /** Returns the number of records that are done. */
  async #deliverAll(
    payload: EachBatchPayload,
    {
      isOver,
      isPaused,
      markRead,
    }: { isOver(): boolean; isPaused(): boolean; markRead(offset: string): void },
  ): Promise<number> {
    const { settings, deliver } = this.#options
    const { messages, partition } = payload.batch
    const heartbeat = () => this.#heartbeat(payload)
    let unmarked: string | undefined
    let delivered = 0
    const markDelivered = () => {
      if (unmarked !== undefined) markRead(unmarked)
      unmarked = undefined
    }
    for (const record of messages) {
      if (delivered > 0 && delivered % CHUNK_RECORDS === 0) {
        markDelivered()
        await new Promise<void>((resolve) => setImmediate(resolve))
        await heartbeat()
      }
      if (isOver() || isPaused()) break
      if (takesTime(settings())) {
        markDelivered()
        const deliverIt = () => deliver(record, partition)
        if (!(await processRecord({ settings, isOver, isPaused, heartbeat, deliver: deliverIt }))) break
        markRead(record.offset)
      } else {
        deliver(record, partition)
        unmarked = record.offset
      }
      delivered++
    }
    markDelivered()
    return delivered
  }

  async #heartbeat(payload: EachBatchPayload): Promise<void> {
    this.#interrupted = true
    await payload.heartbeat()
    this.#interrupted = false
  }
}

const takesTime = ({ processingMs, failurePercent }: ReadSettings): boolean =>
  processingMs > 0 || failurePercent > 0

export interface ProcessingOptions {
  /** Read anew at each step: settings may change during processing. */
  settings(): ReadSettings
  /** True once the record is no longer this consumer's to finish: it comes again, here or elsewhere. */
  isOver(): boolean
  isPaused(): boolean
  /** Throws when the group rebalances. */
  heartbeat(): Promise<void>
  deliver(): void
}

/**
 * Processes one record: true once it is done, false when it is to come again. Kafka cannot take back a single record, so
 * a consumer that fails at one retries it until it succeeds, and everything behind it in its partition waits.
 */
export async function processRecord(options: ProcessingOptions): Promise<boolean> {
  const { settings, isOver, isPaused, heartbeat, deliver } = options
  const spend = async (ms: number): Promise<boolean> => {
    const until = Date.now() + ms
    for (let left = ms; left > 0; left = until - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, SLICE_MS)))
      if (isOver()) return false
      await heartbeat()
    }
    return !isOver()
  }
  for (;;) {
    deliver()
    if (!(await spend(settings().processingMs))) return false
    if (!failsAt(settings().failurePercent)) return true
    if (!(await spend(RETRY_MS)) || isPaused()) return false
  }
}
