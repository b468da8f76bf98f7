import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { failsAt } from '../kit/simulated-processing.ts'
import type { OffsetCommits } from './offset-commits.ts'
import type { PartitionPauses } from './positions.ts'
import type { ReadSettings } from './settings.ts'

/** Records delivered in one go; then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500
/** How often heartbeats and endings are checked during processing; kafkajs sends a heartbeat only when one is due. */
const SLICE_MS = 250
/** After a failure, before the same record is tried again. */
const RETRY_MS = 500

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
    const { pauses, commits, settings, mayDeliver, deliver } = this.#options
    const { messages, partition } = batch
    const heartbeat = () => this.#heartbeat(payload)
    const isOver = () => !mayDeliver() || !payload.isRunning() || payload.isStale()
    const isPaused = () => pauses.isPaused(partition)
    /** The latest record that is delivered and not committed yet. */
    let uncommitted: string | undefined
    const commit = () => {
      if (uncommitted === undefined) return
      resolveOffset(uncommitted)
      commits.add(partition, String(BigInt(uncommitted) + 1n), commitOffsetsIfNecessary)
      uncommitted = undefined
    }
    if (this.#interrupted) await heartbeat()
    let done = 0
    for (const record of messages) {
      if (done > 0 && done % CHUNK_RECORDS === 0) {
        commit()
        await new Promise<void>((resolve) => setImmediate(resolve))
        await heartbeat()
      }
      if (isOver() || isPaused()) break
      if (takesTime(settings())) {
        commit()
        const deliverIt = () => deliver(record, partition)
        if (!(await processRecord({ settings, isOver, isPaused, heartbeat, deliver: deliverIt }))) break
        uncommitted = record.offset
        commit()
      } else {
        deliver(record, partition)
        uncommitted = record.offset
      }
      done++
    }
    // Control records may follow the last record; kafkajs goes on behind them, and so does the commit.
    const last = done === messages.length && messages.at(-1)
    const lastOffset = batch.lastOffset()
    if (last && BigInt(lastOffset) > BigInt(last.offset) && !isOver()) uncommitted = lastOffset
    commit()
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
    const until = performance.now() + ms
    for (let left = ms; left > 0; left = until - performance.now()) {
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
