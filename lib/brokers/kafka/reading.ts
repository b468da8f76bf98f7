import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Committer } from './committer.ts'
import type { Intake } from './intake.ts'
import type { ReadingSettings } from './settings.ts'
import { takesTime, workOn } from './work.ts'

/** Records handed over in one go: then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500

export interface ReadingOptions {
  intake: Intake
  committer: Committer
  settings(): ReadingSettings
  /** False once nothing more may be handed over. */
  isOpen(): boolean
  deliver(record: KafkaMessage, partition: number): void
}

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Hands over one fetched batch in order, as far as it may: what is left when the consumer is paused, loses the partition or
 * ends is not counted as read and comes again. Where work takes time, each record is counted once it is done.
 */
export function createReading({ intake, committer, settings, isOpen, deliver }: ReadingOptions) {
  /** A heartbeat was refused: kafkajs still hands over the other batches it has fetched, and they are others' by now. */
  let interrupted = false
  return async (payload: EachBatchPayload): Promise<void> => {
    const { batch, resolveOffset, commitOffsetsIfNecessary } = payload
    const heartbeat = async () => {
      interrupted = true
      await payload.heartbeat()
      interrupted = false
    }
    if (interrupted) await heartbeat()
    const { messages, partition } = batch
    const isOver = () => !isOpen() || !payload.isRunning() || payload.isStale()
    const isClosed = () => intake.isClosed(partition)
    const read = (offset: string) => {
      resolveOffset(offset)
      committer.note(partition, String(BigInt(offset) + 1n), commitOffsetsIfNecessary)
    }
    let last: string | undefined
    let handed = 0
    const readSoFar = () => {
      if (last !== undefined) read(last)
      last = undefined
    }
    for (const record of messages) {
      if (handed > 0 && handed % CHUNK_RECORDS === 0) {
        readSoFar()
        await breathe()
        await heartbeat()
      }
      if (isOver() || isClosed()) break
      if (takesTime(settings())) {
        readSoFar()
        const deliverIt = () => deliver(record, partition)
        if (!(await workOn({ settings, isOver, isClosed, heartbeat, deliver: deliverIt }))) break
        read(record.offset)
      } else {
        deliver(record, partition)
        last = record.offset
      }
      handed++
    }
    readSoFar()
    // Behind the last record there may be control records; kafkajs goes on behind them, and so does the commit.
    const behind = batch.lastOffset()
    const all = handed === messages.length && messages.at(-1)
    if (all && BigInt(behind) > BigInt(all.offset) && !isOver()) read(behind)
  }
}
