import type { EachBatchPayload } from 'kafkajs'
import { failsAt } from '../kit/simulated-processing.ts'
import { fetchedFrom, type HoleBefore, holesIn, type ReadRecord } from './holes.ts'
import type { OffsetCommits } from './offset-commits.ts'
import type { PartitionPauses } from './partition-pauses.ts'
import type { RefusedPartitions } from './partition-refusals.ts'
import type { ReadingPositions } from './positions.ts'
import type { ReadSettings } from './settings.ts'

/** Records delivered in one go; then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500
/** How often heartbeats and endings are checked during processing; kafkajs sends a heartbeat only when one is due. */
const SLICE_MS = 250
/** After a failure, before the same record is tried again. */
const RETRY_MS = 500

export interface BatchReaderOptions {
  pauses: PartitionPauses
  positions: ReadingPositions
  commits: OffsetCommits
  refusals: Pick<RefusedPartitions, 'refused' | 'answered'>
  settings(): ReadSettings
  /** False once nothing more may be delivered. */
  mayDeliver(): boolean
  deliver(record: ReadRecord, partition: number): void
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
    const { pauses, positions, commits, refusals, settings, mayDeliver } = this.#options
    const { partition } = batch
    const messages: ReadRecord[] = batch.messages
    const refusal = messages[0]?.refusal
    if (refusal !== undefined) return refusals.refused(partition, refusal)
    refusals.answered(partition)
    const reportHoles = this.#holes(holesIn(batch, positions.next(partition) ?? fetchedFrom(batch)))
    const heartbeat = () => this.#heartbeat(payload)
    const isOver = () => !mayDeliver() || !payload.isRunning() || payload.isStale()
    const isPaused = () => pauses.isPaused(partition)
    /** The latest record that is delivered and not committed yet. */
    let uncommitted: string | undefined
    const commit = () => {
      if (uncommitted === undefined) return
      const next = BigInt(uncommitted) + 1n
      resolveOffset(uncommitted)
      // A seek that came meanwhile decides where reading goes on.
      if (!payload.isStale()) positions.reached(partition, Number(next))
      commits.add(partition, String(next), commitOffsetsIfNecessary)
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
      reportHoles(done)
      if (!record.isFiller && takesTime(settings())) {
        commit()
        const deliver = () => this.#deliver(record, partition)
        if (!(await processRecord({ settings, isOver, isPaused, heartbeat, deliver }))) break
        uncommitted = record.offset
        commit()
      } else {
        this.#deliver(record, partition)
        uncommitted = record.offset
      }
      done++
    }
    // Control records may follow the last record; kafkajs goes on behind them, and so does the commit.
    const last = done === messages.length && messages.at(-1)
    if (last && !isOver()) {
      const lastOffset = batch.lastOffset()
      if (BigInt(lastOffset) > BigInt(last.offset)) uncommitted = lastOffset
      reportHoles(done)
    }
    commit()
  }

  /** What marks how far a batch reaches is no record. */
  #deliver(record: ReadRecord, partition: number): void {
    if (!record.isFiller) this.#options.deliver(record, partition)
  }

  /** Reports each hole once, just before the record behind it is delivered. */
  #holes(holes: HoleBefore[]): (index: number) => void {
    let reported = 0
    return (index) => {
      for (let hole = holes[reported]; hole && hole.before <= index; hole = holes[reported]) {
        this.#options.positions.holes.add(hole)
        reported += 1
      }
    }
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
