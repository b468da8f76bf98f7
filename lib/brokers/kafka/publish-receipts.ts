import type { RecordMetadata } from 'kafkajs'
import * as z from 'zod'
import type { Address } from '#lib/protocol/address.ts'
import { now } from '#lib/util/clock.ts'
import type { Receipt } from '../contract.ts'
import { brokerCodeOf, causesOf, reasonOf } from './failures.ts'
import { NeverSent, ReceiptLost, type TransactionEnd } from './producer-connection.ts'

/** What the receipts of a batch are made of: messages with the partition that was chosen for each. */
export interface SentMessage {
  readonly message: { readonly partition: number }
  /** How the transaction ended in which it was sent alone; absent: without a transaction. */
  readonly transaction?: TransactionEnd
  settle(receipt: Receipt): void
}

/** One receipt for each partition of a batch; null where the producer asks for none. */
export type BatchReceipts = RecordMetadata[] | null

/** The broker returns the first offset of each partition; within a request, offsets count on from it in order. */
export function settleAll(topic: string, batch: readonly SentMessage[], receipts: BatchReceipts): void {
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
export function checkAllSent(batch: readonly SentMessage[], receipts: RecordMetadata[]): void {
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
export const notSent = (reason: string): Receipt => ({
  outcome: 'refused',
  evidence: 'client',
  at: now(),
  reason,
})

/** Errors of Kafka's protocol for which the broker refuses a whole batch, though one record alone may be at fault. */
const MESSAGE_TOO_LARGE = 10
const INVALID_RECORD = 87
const FOR_ONE_RECORD = new Set([MESSAGE_TOO_LARGE, INVALID_RECORD])
/** A refusal of one record by the topic's own rules, which kafkajs has no words for. */
const INVALID_RECORD_WORDS = 'the topic does not take such a record: a compacted one takes none without a key'

const producedSchema = z.array(
  z.object({
    topicName: z.string(),
    partitions: z.array(z.object({ partition: z.number(), errorCode: z.number(), baseOffset: z.string() })),
  }),
)
type PartitionResult = z.infer<typeof producedSchema>[number]['partitions'][number]

/** What the broker answered for each partition of a batch that failed (`kafkajs-patches.ts` keeps it with the error). */
function partitionResults(error: unknown, topic: string): Map<number, PartitionResult> {
  for (const cause of causesOf(error)) {
    const produced = 'produced' in cause ? producedSchema.safeParse(cause.produced).data : undefined
    const partitions = produced?.find(({ topicName }) => topicName === topic)?.partitions
    if (partitions) return new Map(partitions.map((result) => [result.partition, result]))
  }
  return new Map()
}

/**
 * Settles what is known of a batch that failed, and returns the messages that the broker refused for the sake of others in
 * their batch: they are to be sent again in smaller ones, so that only what is itself at fault is refused.
 */
export function settleFailed<M extends SentMessage>(topic: string, batch: readonly M[], error: unknown): M[] {
  const results = partitionResults(error, topic)
  const again: M[] = []
  for (const [partition, messages] of byPartition(batch)) {
    const result = results.get(partition)
    if (result?.errorCode === 0) settleAll(topic, messages, [{ topicName: topic, ...result }])
    else if (result && FOR_ONE_RECORD.has(result.errorCode) && messages.length > 1) again.push(...messages)
    else {
      const receipt = result ? refused(error, result.errorCode) : failedReceipt(error, batch)
      for (const { settle } of messages) settle(receipt)
    }
  }
  return again
}

const refused = (error: unknown, code: number): Receipt => ({
  outcome: 'refused',
  evidence: 'broker',
  at: now(),
  reason: code === INVALID_RECORD ? INVALID_RECORD_WORDS : reasonOf(error),
})

/** The messages of each partition, in order. */
export function byPartition<M extends SentMessage>(batch: readonly M[]): Map<number, M[]> {
  const groups = new Map<number, M[]>()
  for (const one of batch) {
    const group = groups.get(one.message.partition)
    if (group) group.push(one)
    else groups.set(one.message.partition, [one])
  }
  return groups
}

/**
 * What became of messages for whose partition there is no answer. With several partitions in the batch the others may have
 * been appended, and "refused" would be a guess.
 */
function failedReceipt(error: unknown, batch: readonly SentMessage[]): Receipt {
  const at = now()
  const reason = reasonOf(error)
  if (error instanceof NeverSent) return notSent(reason)
  if (error instanceof ReceiptLost) return { outcome: 'uncertain', evidence: 'client', at, reason }
  const code = brokerCodeOf(error)
  const isAlone = new Set(batch.map(({ message }) => message.partition)).size === 1
  if (code !== undefined && (isAlone || NEVER_APPENDED.has(code)))
    return { outcome: 'refused', evidence: 'broker', at, reason }
  return { outcome: 'uncertain', evidence: 'client', at, reason }
}
