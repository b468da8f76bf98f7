import type { Message, RecordMetadata } from 'kafkajs'
import type { Address } from '#lib/protocol/address.ts'
import { now } from '#lib/util/clock.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import type { Destinations } from './destinations.ts'
import { brokerCodeOf, isTopicMissing, reasonOf } from './failures.ts'
import { headersOf } from './metadata.ts'
import { createPartitioner } from './partitioner.ts'
import { NeverSent, ReceiptLost, type TransactionEnd } from './producer-connection.ts'
import { DEFAULT_PRODUCER, type Producers } from './producers.ts'
import { messageSettings, parsed } from './settings.ts'

/** kafkajs groups a batch by partition in quadratic time: beyond this it gets slower, not faster. */
const BATCH_MAX_MESSAGES = 500
/** Below `max.message.bytes` (1 MiB by default), which limits what one request holds for a partition. */
const BATCH_MAX_BYTES = 700 * 1024
/** What a record costs beside key, value and headers, generously. */
const RECORD_OVERHEAD_BYTES = 128
/** A batch of so many shows that more are on their way: a person types one. */
const BUSY_BATCH = 10
/** Turns of the event loop in a row that brought nothing: who publishes in slices has no more for now. */
const QUIET_TURNS = 2
/** A turn is short under load; this bounds what waiting for more may cost a message, to a millisecond or a few. */
const GATHER_MAX_TURNS = 12
/** Messages waiting on one topic: far above any window of a load generator, and a bound. */
const WAITING_MAX = 50_000

interface WaitingMessage {
  /** Its partition is chosen when it leaves the queue. */
  message: Message & { partition: number }
  key: Buffer | null
  bytes: number
  /** How the transaction ends in which it is sent alone; absent: without a transaction. */
  transaction?: TransactionEnd
  settle(receipt: Receipt): void
}

/** One receipt for each partition of a batch; null where the producer asks for none. */
type BatchReceipts = RecordMetadata[] | null

export interface TopicPublisherOptions {
  topic: string
  /** The `ce_source` of its messages. */
  source: string
  producers: Producers
  destinations: Destinations
}

/**
 * Publishes to one topic. Messages of one tick, and those that come while a request is in flight, go together in the next
 * request, one request at a time, so that each partition keeps the order of publishing.
 */
export class TopicPublisher {
  readonly #options: TopicPublisherOptions
  readonly #choosePartition = createPartitioner()
  #waiting: WaitingMessage[] = []
  #sending: Promise<void> | undefined
  #lastBatchSize = 0

  constructor(options: TopicPublisherOptions) {
    this.#options = options
  }

  /** Never rejects for a reason of the broker or the network: those are outcomes. Rejects with AppError `invalid` for its settings. */
  publish(outgoing: OutgoingMessage): Promise<Receipt> {
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.resolve(notSent(`${WAITING_MAX} messages are waiting already`))
    return new Promise<Receipt>((settle) => {
      this.#waiting.push(waitingMessage(outgoing, this.#options.source, settle))
      this.#sending ??= this.#sendAll()
    })
  }

  /** Settles as refused what has not left yet: it never will. */
  drop(reason: string): void {
    const dropped = this.#waiting
    this.#waiting = []
    for (const { settle } of dropped) settle(notSent(reason))
  }

  /** Resolves once nothing waits or is in flight. */
  async idle(): Promise<void> {
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    // Includes everything that is published in this tick.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendBatch()
    this.#sending = undefined
  }

  async #sendBatch(): Promise<void> {
    const { topic, destinations } = this.#options
    let partitionCount: number
    try {
      partitionCount = await destinations.partitions(topic)
    } catch (error) {
      destinations.doubt(topic)
      this.drop(reasonOf(error))
      return
    }
    if (this.#lastBatchSize >= BUSY_BATCH) await this.#gather()
    const batch = this.#takeBatch(partitionCount)
    this.#lastBatchSize = batch.length
    if (batch.length === 0) return
    try {
      // A producer that ever sent to a topic since deleted fails for all topics: a new one shows which topic it was.
      const receipts = await this.#handOver(batch).catch((error) => {
        if (isTopicMissing(error)) return this.#handOver(batch)
        throw error
      })
      settleAll(topic, batch, receipts)
    } catch (error) {
      // What is known of the topic may no longer hold.
      destinations.doubt(topic)
      const receipt = failedReceipt(error, new Set(batch.map(({ message }) => message.partition)).size)
      for (const { settle } of batch) settle(receipt)
    }
  }

  /** A request costs the same for one record as for many: under load, waits while each turn brings more. */
  async #gather(): Promise<void> {
    let quiet = 0
    for (let turn = 0; turn < GATHER_MAX_TURNS && quiet < QUIET_TURNS; turn += 1) {
      const before = this.#waiting.length
      if (before >= BATCH_MAX_MESSAGES) return
      await new Promise<void>((resolve) => setImmediate(resolve))
      quiet = this.#waiting.length === before ? quiet + 1 : 0
    }
  }

  #takeBatch(partitionCount: number): WaitingMessage[] {
    const batch: WaitingMessage[] = []
    let bytes = 0
    for (const next of this.#waiting) {
      bytes += next.bytes
      if (batch.length > 0 && (next.transaction || batch[0]?.transaction)) break
      if (batch.length > 0 && (bytes > BATCH_MAX_BYTES || batch.length >= BATCH_MAX_MESSAGES)) break
      next.message.partition = this.#choosePartition(next.key, partitionCount)
      batch.push(next)
    }
    this.#waiting = this.#waiting.slice(batch.length)
    return batch
  }

  async #handOver(batch: readonly WaitingMessage[]): Promise<BatchReceipts> {
    const { topic, producers, destinations } = this.#options
    const [first] = batch
    if (first?.transaction) return producers.sendInTransaction(topic, first.message, first.transaction)
    const producer = await producers.get(destinations.get(topic)?.settings ?? DEFAULT_PRODUCER)
    const receipts = await producer.send(
      topic,
      batch.map(({ message }) => message),
    )
    if (!producer.hasReceipts) return null
    try {
      checkAllSent(batch, receipts)
    } catch (error) {
      producer.retire()
      throw error
    }
    return receipts
  }
}

function waitingMessage(
  outgoing: OutgoingMessage,
  source: string,
  settle: WaitingMessage['settle'],
): WaitingMessage {
  const transaction = transactionOf(outgoing)
  const headers = headersOf(outgoing, source)
  const key = outgoing.key === undefined ? null : Buffer.from(outgoing.key)
  const { body } = outgoing
  const message = {
    key,
    value: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    headers,
    timestamp: String(Math.floor(outgoing.sentAt)),
    partition: 0,
  }
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + body.byteLength
  for (const name in headers) bytes += name.length + String(headers[name]).length
  return { message, key, bytes, settle, ...(transaction ? { transaction } : {}) }
}

function transactionOf({ settings }: OutgoingMessage): TransactionEnd | undefined {
  if (settings === undefined) return undefined
  const { transaction } = parsed(messageSettings, settings, 'message')
  if (transaction === 'none') return undefined
  return transaction === 'commit' ? 'committed' : 'aborted'
}

/** The broker returns the first offset of each partition; within a request, offsets count on from it in order. */
function settleAll(topic: string, batch: readonly WaitingMessage[], receipts: BatchReceipts): void {
  const at = now()
  if (receipts === null) {
    for (const { settle } of batch) settle({ outcome: 'published', evidence: 'client', at })
    return
  }
  const next = new Map(
    receipts.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? Number.NaN)]),
  )
  for (const { message, transaction, settle } of batch) {
    const { partition } = message
    const offset = next.get(partition)
    let address: Address | undefined
    if (offset !== undefined && offset >= 0) {
      next.set(partition, offset + 1)
      address = { kind: 'offset', topic, partition, offset: String(offset) }
    }
    settle({ outcome: 'published', evidence: 'broker', at, address, transaction })
  }
}

/** kafkajs silently leaves out what goes to a partition that it doesn't know of yet. */
function checkAllSent(batch: readonly WaitingMessage[], receipts: RecordMetadata[]): void {
  const sent = new Set(receipts.map(({ partition }) => partition))
  if (batch.some(({ message }) => !sent.has(message.partition)))
    throw new ReceiptLost('the producer had no receipt for its partition')
}

/** The topic, or its partition, does not exist, or may not be written to: nothing of the batch was appended anywhere. */
const NEVER_APPENDED = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
])

/** It never left: the same receipt that a room makes of a publish that throws `broker-down`. */
const notSent = (reason: string): Receipt => ({
  outcome: 'refused',
  evidence: 'client',
  at: now(),
  reason,
})

/**
 * What became of a batch that failed. The response answers for each partition, but kafkajs reports only the first refusal:
 * with several partitions in the batch the others may have been appended, and "refused" would be a guess.
 */
function failedReceipt(error: unknown, partitions: number): Receipt {
  const at = now()
  const reason = reasonOf(error)
  if (error instanceof NeverSent) return notSent(reason)
  if (error instanceof ReceiptLost) return { outcome: 'uncertain', evidence: 'client', at, reason }
  const code = brokerCodeOf(error)
  if (code !== undefined && (partitions === 1 || NEVER_APPENDED.has(code))) {
    return { outcome: 'refused', evidence: 'broker', at, reason }
  }
  return { outcome: 'uncertain', evidence: 'client', at, reason }
}
