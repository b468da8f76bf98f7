import type { KafkaMessage } from 'kafkajs'
import { now } from '#lib/util/clock.ts'
import type { Delivery } from '../contract.ts'
import { claimsOf } from './metadata.ts'

const NO_BYTES = new Uint8Array(0)

/** One record as it arrived. A null value (a tombstone) is an empty body. */
export function deliveryOf(
  record: KafkaMessage,
  place: { topic: string; partition: number; delivery: number; redelivered: boolean },
): Delivery {
  const { topic, partition, delivery, redelivered } = place
  const { offset } = record
  const { messageId, sender, headers } = claimsOf(record.headers)
  const result: Delivery = {
    type: 'delivered',
    delivery,
    messageId,
    identity: `kafka:${topic}:${partition}:${offset}`,
    body: record.value ?? NO_BYTES,
    attempt: redelivered ? null : 1,
    redelivered,
    address: { kind: 'offset', topic, partition, offset },
    at: now(),
  }
  if (record.key) result.key = record.key.toString('utf8')
  if (sender !== undefined) result.sender = sender
  if (headers) result.headers = headers
  return result
}
