import type { Message, RecordMetadata } from 'kafkajs'
import { now } from '#lib/util/clock.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import { isTopicMissing, reasonOf } from './errors.ts'
import { headersOf } from './metadata.ts'
import { failedOutcome, notSent } from './outcome.ts'
import { createPartitioner } from './partitioner.ts'
import { NeverSent, type Sender } from './sender.ts'

/** kafkajs groups a batch by partition in quadratic time: beyond this it gets slower, not faster. */
const BATCH_MAX_MESSAGES = 500
/** Below `max.message.bytes` (1 MiB by default), which limits what one request holds for a partition. */
const BATCH_MAX_BYTES = 700 * 1024
/** What a record costs beside key, value and headers, generously. */
const RECORD_OVERHEAD_BYTES = 128
/** Messages waiting for their turn on one topic: far above any window of a load generator, and a bound. */
const WAITING_MAX = 50_000

interface Waiting {
  message: Message
  key: Buffer | null
  bytes: number
  settle(receipt: Receipt): void
}

/** A message with the partition chosen for it, which is also where kafkajs is told to put it. */
type Placed = Waiting & { partition: number }

export interface LaneOptions {
  topic: string
  source: string
  /** The producer to use now. Rejects when there is none; waits a moment while one is being made. */
  sender(): Promise<Sender>
  /** How many partitions the topic has. Rejects when that can't be had. */
  partitions(): Promise<number>
  /** Told after any failure: what is known of the topic may no longer hold. */
  doubt(): void
}

/**
 * The one way to a topic: messages of one tick, and those that come while a request is in flight, go together in the next
 * one, one request at a time, so that each partition keeps the order of publishing.
 */
export interface Lane {
  publish(message: OutgoingMessage): Promise<Receipt>
  /** Settles what has not left yet: it never will. */
  drop(reason: string): void
  /** Resolves once nothing waits or is in flight. */
  idle(): Promise<void>
}

const bytesOf = (message: Message, headers: Record<string, unknown>): number => {
  let bytes = RECORD_OVERHEAD_BYTES + (message.key?.length ?? 0) + (message.value?.length ?? 0)
  for (const name in headers) bytes += name.length + String(headers[name]).length
  return bytes
}

/** Offsets: the broker tells the first of each partition; within a request they count on in order. */
function settleAll(topic: string, batch: readonly Placed[], receipts: readonly RecordMetadata[]): void {
  const at = now()
  const next = new Map(
    receipts.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? Number.NaN)]),
  )
  for (const { partition, settle } of batch) {
    const offset = next.get(partition)
    if (offset === undefined || !(offset >= 0)) {
      settle({ outcome: 'published', evidence: 'broker', at })
      continue
    }
    next.set(partition, offset + 1)
    settle({
      outcome: 'published',
      evidence: 'broker',
      at,
      address: { kind: 'offset', topic, partition, offset: String(offset) },
    })
  }
}

export function createLane({ topic, source, sender, partitions, doubt }: LaneOptions): Lane {
  const choose = createPartitioner()
  let waiting: Waiting[] = []
  let sending: Promise<void> | undefined

  const takeBatch = (count: number): Placed[] => {
    const batch: Placed[] = []
    let bytes = 0
    for (const next of waiting) {
      bytes += next.bytes
      if (batch.length > 0 && (bytes > BATCH_MAX_BYTES || batch.length >= BATCH_MAX_MESSAGES)) break
      const partition = choose(next.key, count)
      next.message.partition = partition
      batch.push({ ...next, partition })
    }
    waiting = waiting.slice(batch.length)
    return batch
  }

  const drop = (reason: string) => {
    const dropped = waiting
    waiting = []
    for (const { settle } of dropped) settle(notSent(reason))
  }

  const handOver = async (batch: readonly Placed[]): Promise<RecordMetadata[]> => {
    let via: Sender
    try {
      via = await sender()
    } catch (error) {
      throw new NeverSent(reasonOf(error))
    }
    return via.send(
      topic,
      batch.map(({ message }) => message),
    )
  }

  const sendBatch = async () => {
    let count: number
    try {
      count = await partitions()
    } catch (error) {
      doubt()
      drop(reasonOf(error))
      return
    }
    const batch = takeBatch(count)
    try {
      // A producer that was once asked for a topic since deleted fails for all topics: a new one tells which it was.
      const receipts = await handOver(batch).catch((error) => {
        if (isTopicMissing(error)) return handOver(batch)
        throw error
      })
      settleAll(topic, batch, receipts)
    } catch (error) {
      doubt()
      const receipt = failedOutcome(error, new Set(batch.map(({ partition }) => partition)).size)
      for (const { settle } of batch) settle(receipt)
    }
  }

  const sendAll = async () => {
    // Lets everything that is published in this tick come along.
    await Promise.resolve()
    while (waiting.length > 0) await sendBatch()
    sending = undefined
  }

  const publish = (outgoing: OutgoingMessage): Promise<Receipt> => {
    if (waiting.length >= WAITING_MAX)
      return Promise.resolve(notSent(`${WAITING_MAX} messages are waiting already`))
    const headers = headersOf(outgoing, source)
    const key = outgoing.key === undefined ? null : Buffer.from(outgoing.key)
    const { body } = outgoing
    const message: Message = {
      key,
      value: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      headers,
      timestamp: String(Math.floor(outgoing.sentAt)),
    }
    return new Promise<Receipt>((settle) => {
      waiting.push({ message, key, bytes: bytesOf(message, headers), settle })
      sending ??= sendAll()
    })
  }

  return { publish, drop, idle: async () => sending }
}
