import type { EachBatchPayload } from 'kafkajs'
import { isPoison } from '#lib/protocol/poison.ts'
import { failureAt } from '../kit/simulated-processing.ts'
import { fetchedFrom, type HoleBefore, holesIn, type ReadRecord } from './holes.ts'
import type { OffsetCommits } from './offset-commits.ts'
import type { PartitionPauses } from './partition-pauses.ts'
import type { RefusedPartitions } from './partition-refusals.ts'
import type { ReadingPositions } from './positions.ts'
import type { Arrived } from './record-retries.ts'
import type { ReadSettings } from './settings.ts'

/** Records delivered in one go; then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500
/** How often heartbeats and endings are checked during processing; kafkajs sends a heartbeat only when one is due. */
const SLICE_MS = 250

export interface BatchReaderOptions {
  pauses: PartitionPauses
  positions: ReadingPositions
  commits: OffsetCommits
  refusals: Pick<RefusedPartitions, 'refused' | 'answered'>
  settings(): ReadSettings
  /** False once nothing more may be delivered. */
  mayDeliver(): boolean
  /** `before`: its arrival before, where it is tried again. */
  deliver(record: ReadRecord, partition: number, before?: Arrived): Arrived
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
      if (!record.isFiller && takesTime(settings(), record)) {
        commit()
        if (!(await this.#process(record, partition, { settings, isOver, heartbeat }))) break
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

  /** False when the record is to come again: it failed, or is no longer this consumer's to finish. */
  async #process(
    record: ReadRecord,
    partition: number,
    its: Pick<ProcessingOptions, 'settings' | 'isOver' | 'heartbeat'>,
  ): Promise<boolean> {
    const { deliver, positions } = this.#options
    const { retries } = positions
    const { offset } = record
    const isSkipped = () => retries.isSkipped(partition, offset)
    if (!isSkipped()) {
      retries.try(partition, offset, (before) => deliver(record, partition, before))
      const end = await processRecord({ ...its, isSkipped, isPoison: isPoisonFor(its.settings(), record) })
      if (end === 'failed') retries.failed(partition)
      if (end !== 'done') return false
    }
    retries.done(partition)
    return true
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

const isPoisonFor = ({ mayFail }: ReadSettings, { headers }: ReadRecord): boolean =>
  mayFail && isPoison(headers)

const takesTime = (settings: ReadSettings, record: ReadRecord): boolean =>
  settings.processingMs > 0 || settings.failurePercent > 0 || isPoisonFor(settings, record)

export interface ProcessingOptions {
  /** Read anew at each step: settings may change during processing. */
  settings(): ReadSettings
  isPoison: boolean
  /** True once the record is no longer this consumer's to finish: it comes again, here or elsewhere. */
  isOver(): boolean
  /** True once somebody has moved the consumer past the record. */
  isSkipped(): boolean
  /** Throws when the group rebalances. */
  heartbeat(): Promise<void>
}

/** Processes one record. `over`: it is no longer this consumer's to finish. */
export async function processRecord(options: ProcessingOptions): Promise<'done' | 'failed' | 'over'> {
  const { settings, isOver, isSkipped, heartbeat } = options
  const ms = settings().processingMs
  const until = performance.now() + ms
  for (let left = ms; left > 0 && !isSkipped(); left = until - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, SLICE_MS)))
    if (isOver()) return 'over'
    await heartbeat()
  }
  if (isOver()) return 'over'
  return isSkipped() || failureAt(settings(), options.isPoison) === null ? 'done' : 'failed'
}
