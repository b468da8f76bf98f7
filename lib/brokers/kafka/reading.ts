import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Committer } from './committer.ts'
import type { Intake } from './intake.ts'

/** Records handed over in one go: then sockets and heartbeats have their turn. */
const CHUNK_RECORDS = 500

export interface ReadingOptions {
  intake: Intake
  committer: Committer
  /** False once nothing more may be handed over. */
  isOpen(): boolean
  deliver(record: KafkaMessage, partition: number): void
}

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Hands over one fetched batch in order, as far as it may: what is left when the consumer is paused, loses the partition or
 * ends is not counted as read and comes again.
 */
export function createReading({ intake, committer, isOpen, deliver }: ReadingOptions) {
  return async (payload: EachBatchPayload): Promise<void> => {
    const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary } = payload
    const { messages, partition } = batch
    const mayGoOn = () => isOpen() && !intake.isClosed(partition) && payload.isRunning() && !payload.isStale()
    const read = (offset: string) => {
      resolveOffset(offset)
      committer.note(partition, String(BigInt(offset) + 1n), commitOffsetsIfNecessary)
    }
    let last: string | undefined
    let handed = 0
    for (const record of messages) {
      if (handed > 0 && handed % CHUNK_RECORDS === 0) {
        if (last !== undefined) read(last)
        last = undefined
        await breathe()
        await heartbeat()
      }
      if (!mayGoOn()) break
      deliver(record, partition)
      last = record.offset
      handed++
    }
    if (last === undefined) return
    read(last)
    // Behind the last record there may be control records; kafkajs goes on behind them, and so does the commit.
    const behind = BigInt(batch.lastOffset())
    if (handed === messages.length && behind > BigInt(last)) read(String(behind))
  }
}
