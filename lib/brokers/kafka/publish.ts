import type { Message, RecordMetadata } from 'kafkajs'
import type { Address } from '#lib/protocol/address.ts'
import { now } from '#lib/util/clock.ts'
import type { OutgoingMessage, Receipt } from '../contract.ts'
import { isTopicMissing, reasonOf } from './errors.ts'
import { headersOf } from './metadata.ts'
import { failedOutcome, notSent } from './outcome.ts'
import { createPartitioner } from './partitioner.ts'
import { NeverSent, ReceiptLost, type Sender } from './sender.ts'
import { messageSettings, parsed } from './settings.ts'
import type { Ending } from './transactions.ts'

/** kafkajs groups a batch by partition in quadratic time: beyond this it gets slower, not faster. */
const BATCH_MAX_MESSAGES = 500
/** Below `max.message.bytes` (1 MiB by default), which limits what one request holds for a partition. */
const BATCH_MAX_BYTES = 700 * 1024
/** What a record costs beside key, value and headers, generously. */
const RECORD_OVERHEAD_BYTES = 128
/** A batch of so many says that more are on their way: a person types one. */
const BUSY_BATCH = 10
/** Turns of the event loop in a row that brought nothing: who publishes in slices has no more for now. */
const QUIET_TURNS = 2
/** A turn is short under load; this bounds what waiting for more may cost a message, to a millisecond or a few. */
const GATHER_MAX_TURNS = 12
/** Messages waiting for their turn on one topic: far above any window of a load generator, and a bound. */
const WAITING_MAX = 50_000

interface Waiting {
  message: Message
  key: Buffer | null
  bytes: number
  /** It is sent in a transaction of its own that ends so. */
  ending?: Ending
  settle(receipt: Receipt): void
}

/** A message with the partition chosen for it, which is also where kafkajs is told to put it. */
type Placed = Waiting & { partition: number }

export interface LaneOptions {
  topic: string
  source: string
  /** The producer to use now. Rejects when there is none; waits a moment while one is being made. */
  sender(): Promise<Sender>
  /** Sends one message in a transaction. */
  transact(message: Message, ending: Ending): Promise<RecordMetadata[]>
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

/** What a batch was told: a receipt for each of its partitions, or nothing where nothing was asked for. */
type Told = RecordMetadata[] | null

/** Offsets: the broker tells the first of each partition; within a request they count on in order. */
function settleAll(topic: string, batch: readonly Placed[], receipts: Told): void {
  const at = now()
  if (receipts === null) {
    for (const { settle } of batch) settle({ outcome: 'published', evidence: 'client', at })
    return
  }
  const next = new Map(
    receipts.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? Number.NaN)]),
  )
  for (const { partition, ending: transaction, settle } of batch) {
    const offset = next.get(partition)
    let address: Address | undefined
    if (offset !== undefined && offset >= 0) {
      next.set(partition, offset + 1)
      address = { kind: 'offset', topic, partition, offset: String(offset) }
    }
    settle({ outcome: 'published', evidence: 'broker', at, address, transaction })
  }
}

/** kafkajs leaves out, without a word, what goes to a partition that it doesn't know of yet. */
function checkAllSent(batch: readonly Placed[], receipts: Told): void {
  if (receipts === null) return
  const told = new Set(receipts.map(({ partition }) => partition))
  if (batch.some(({ partition }) => !told.has(partition)))
    throw new ReceiptLost('the producer had no receipt for its partition')
}

const endingOf = ({ settings }: OutgoingMessage): Ending | undefined => {
  if (settings === undefined) return undefined
  const { transaction } = parsed(messageSettings, settings, 'message')
  if (transaction === 'none') return undefined
  return transaction === 'commit' ? 'committed' : 'aborted'
}

export function createLane(options: LaneOptions): Lane {
  const { topic, source, sender, transact, partitions, doubt } = options
  const choose = createPartitioner()
  let waiting: Waiting[] = []
  let sending: Promise<void> | undefined
  let lastBatch = 0

  /** A request costs the same for one record as for many: under load, waits while each turn brings more. */
  const gather = async () => {
    let quiet = 0
    for (let turn = 0; turn < GATHER_MAX_TURNS && quiet < QUIET_TURNS; turn += 1) {
      const before = waiting.length
      if (before >= BATCH_MAX_MESSAGES) return
      await new Promise<void>((resolve) => setImmediate(resolve))
      quiet = waiting.length === before ? quiet + 1 : 0
    }
  }

  const takeBatch = (count: number): Placed[] => {
    const batch: Placed[] = []
    let bytes = 0
    for (const next of waiting) {
      bytes += next.bytes
      if (batch.length > 0 && (next.ending || batch[0]?.ending)) break
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

  const handOver = async (batch: readonly Placed[]): Promise<Told> => {
    const [first] = batch
    if (first?.ending) return transact(first.message, first.ending)
    let via: Sender
    try {
      via = await sender()
    } catch (error) {
      throw new NeverSent(reasonOf(error))
    }
    const receipts = await via.send(
      topic,
      batch.map(({ message }) => message),
    )
    if (!via.hasReceipts) return null
    try {
      checkAllSent(batch, receipts)
    } catch (error) {
      via.retire()
      throw error
    }
    return receipts
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
    if (lastBatch >= BUSY_BATCH) await gather()
    const batch = takeBatch(count)
    lastBatch = batch.length
    if (batch.length === 0) return
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
    const ending = endingOf(outgoing)
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
      waiting.push({ message, key, bytes: bytesOf(message, headers), settle, ...(ending ? { ending } : {}) })
      sending ??= sendAll()
    })
  }

  return { publish, drop, idle: async () => sending }
}
