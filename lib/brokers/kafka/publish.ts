import type { Message } from 'kafkajs'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import type { Destinations } from './destinations.ts'
import { isTopicMissing, reasonOf } from './failures.ts'
import { headersOf } from './metadata.ts'
import { createPartitioner } from './partitioner.ts'
import type { TransactionEnd } from './producer-connection.ts'
import { DEFAULT_PRODUCER, type Producers } from './producers.ts'
import {
  type BatchReceipts,
  byPartition,
  checkAllSent,
  notSent,
  type SentMessage,
  settleAll,
  settleFailed,
} from './publish-receipts.ts'
import { BATCH_HEAD_BYTES, recordBytes } from './record-format.ts'
import { messageSettings, parsed } from './settings.ts'

/** kafkajs groups a batch by partition in quadratic time: beyond this it gets slower, not faster. */
const BATCH_MAX_MESSAGES = 500
/** What one request holds at most, in all partitions; the topic's own limit counts for each of them. */
const BATCH_MAX_BYTES = 700 * 1024
/** A batch of this many shows that more are on their way: a person types one. */
const BUSY_BATCH = 10
/** Turns of the event loop in a row that brought nothing: who publishes in slices has no more for now. */
const QUIET_TURNS = 2
/** A turn is short under load; this bounds what waiting for more may cost a message, to a millisecond or a few. */
const GATHER_MAX_TURNS = 12
/** Messages waiting on one topic: far above any window of a load generator, and a bound. */
const WAITING_MAX = 50_000

interface WaitingMessage extends SentMessage {
  /** Its partition is chosen when it leaves the queue. */
  message: Message & { partition: number }
  isPlaced: boolean
  key: Buffer | null
  bytes: number
  transaction?: TransactionEnd
}

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
    let maxBytes: number
    try {
      partitionCount = await destinations.partitions(topic)
      maxBytes = await destinations.maxBatchBytes(topic)
    } catch (error) {
      destinations.forgetCachedMetadata(topic)
      this.drop(reasonOf(error))
      return
    }
    if (this.#lastBatchSize >= BUSY_BATCH) await this.#gather()
    const batch = this.#takeBatch(partitionCount, maxBytes)
    this.#lastBatchSize = batch.length
    if (batch.length > 0) await this.#send(batch)
  }

  /** Sends a batch, and in halves what the broker refused because of others in it, until each message has its receipt. */
  async #send(batch: readonly WaitingMessage[]): Promise<void> {
    const { topic, destinations } = this.#options
    try {
      // A producer that ever sent to a topic since deleted fails for all topics: a new one shows which topic it was.
      const receipts = await this.#handOver(batch).catch((error) => {
        if (isTopicMissing(error)) return this.#handOver(batch)
        throw error
      })
      settleAll(topic, batch, receipts)
    } catch (error) {
      // What is known of the topic may no longer hold.
      destinations.forgetCachedMetadata(topic)
      for (const half of halves(settleFailed(topic, batch, error))) await this.#send(half)
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

  /** The next messages in order, as many as their partitions take at once; one that is too large by itself goes alone there. */
  #takeBatch(partitionCount: number, maxBytes: number): WaitingMessage[] {
    const batch: WaitingMessage[] = []
    const held = new Map<number, number>()
    let bytes = 0
    for (const next of this.#waiting) {
      bytes += next.bytes
      if (batch.length > 0 && (next.transaction || batch[0]?.transaction)) break
      if (batch.length > 0 && (bytes > BATCH_MAX_BYTES || batch.length >= BATCH_MAX_MESSAGES)) break
      const partition = this.#place(next, partitionCount)
      const inPartition = (held.get(partition) ?? BATCH_HEAD_BYTES) + next.bytes
      if (held.has(partition) && inPartition > maxBytes) break
      held.set(partition, inPartition)
      batch.push(next)
    }
    this.#waiting = this.#waiting.slice(batch.length)
    return batch
  }

  /** Its partition, chosen once: a message that did not fit into the batch before keeps it. */
  #place(next: WaitingMessage, partitionCount: number): number {
    if (!next.isPlaced || next.message.partition >= partitionCount)
      next.message.partition = this.#choosePartition(next.key, partitionCount)
    next.isPlaced = true
    return next.message.partition
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
  const bytes = recordBytes(message)
  return { message, isPlaced: false, key, bytes, settle, ...(transaction ? { transaction } : {}) }
}

/** The first and the second half of the messages of each partition. */
function halves(batch: readonly WaitingMessage[]): WaitingMessage[][] {
  const groups = [...byPartition(batch).values()]
  const first = groups.flatMap((group) => group.slice(0, Math.ceil(group.length / 2)))
  const second = groups.flatMap((group) => group.slice(Math.ceil(group.length / 2)))
  return [first, second].filter(({ length }) => length > 0)
}

function transactionOf({ settings }: OutgoingMessage): TransactionEnd | undefined {
  if (settings === undefined) return undefined
  const { transaction } = parsed(messageSettings, settings, 'message')
  if (transaction === 'none') return undefined
  return transaction === 'commit' ? 'committed' : 'aborted'
}
