import type { ConsumeMessage } from 'amqplib'
import * as z from 'zod'
import type { Metadata } from '#lib/protocol/metadata.ts'
import { now } from '#lib/util/clock.ts'
import { digestOf } from '#lib/util/digest.ts'
import type { Delivery } from '../contract.ts'
import { propertyBytes, receivedFrameOf } from './basic-properties.ts'
import { type Claims, claimsOf, readMetadata } from './metadata.ts'

/**
 * Which attempt a delivery is; null while unknown. A classic queue only marks redelivery, and a header `x-delivery-count`
 * there was written by the sender; other types count in it how often they delivered the message before
 * (rabbitmq.com/docs/quorum-queues#poison-message-handling).
 */
export function attemptOf(
  redelivered: boolean,
  deliveryCount: number | null,
  queueType: string | null,
): number | null {
  if (!redelivered) return 1
  if (queueType === 'classic' || deliveryCount === null) return null
  return deliveryCount + 1
}

/** What a mode itself knows of an arrival. */
type Arrival = Pick<Delivery, 'identity' | 'writtenAt' | 'attempt' | 'redelivered' | 'inHand' | 'address'>

function metadataIn(frame: Buffer | undefined, properties: unknown): Metadata {
  return readMetadata(frame === undefined ? undefined : propertyBytes(frame), properties)
}

/** A digest of what rode beside a body; 0 where the bytes are not known. */
export function propertiesDigest(properties: unknown): number {
  const frame = receivedFrameOf(properties)
  return frame === undefined ? 0 : digestOf(propertyBytes(frame))
}

/** A delivery as the contract's event. */
export function describeDelivery(
  { content, properties }: Pick<ConsumeMessage, 'content' | 'properties'>,
  claims: Claims,
  delivery: number,
  its: Arrival,
): Delivery {
  // Read now: what is not settled yet lets go of it.
  const frame = receivedFrameOf(properties)
  return {
    type: 'delivered',
    delivery,
    messageId: claims.messageId,
    identity: its.identity,
    body: content,
    metadata: metadataIn.bind(null, frame, properties),
    sender: claims.sender,
    attempt: its.attempt,
    redelivered: its.redelivered,
    inHand: its.inHand,
    address: its.address,
    at: now(),
    ...(its.writtenAt === undefined ? {} : { writtenAt: its.writtenAt }),
  }
}

/** A delivery from a queue. Never throws, whatever a program outside put into it. */
export function describeFromQueue(
  message: ConsumeMessage,
  { queue, queueType }: { queue: string; queueType: string | null },
  delivery: number,
  identityOf: (messageId: string | null) => string,
): Delivery {
  const { fields, properties } = message
  const claims = claimsOf(properties)
  const { redelivered, exchange, routingKey, deliveryTag } = fields
  return describeDelivery(message, claims, delivery, {
    identity: identityOf(claims.messageId),
    attempt: attemptOf(redelivered, claims.deliveryCount, queueType),
    redelivered,
    inHand: true,
    address: { kind: 'queue', queue, exchange, routingKey, deliveryTag },
  })
}

/**
 * What the broker writes on a message that it dead-letters, the latest first. `count`: how often it was moved out of that
 * queue for that reason, not how often it was delivered (rabbitmq.com/docs/dlx#effects).
 */
const deathsSchema = z.object({
  headers: z.object({
    'x-death': z
      .array(z.object({ reason: z.string(), count: z.number().int().optional().catch(undefined) }))
      .min(1),
  }),
})

const REASONS: Readonly<Record<string, string>> = {
  rejected: 'rejected',
  expired: 'expired',
  maxlen: 'the queue was full',
  delivery_limit: 'delivered too often',
}

/** It was dead-lettered somewhere, and may have come back from there. */
export const wasDead = (properties: unknown): boolean => deathsSchema.safeParse(properties).success

/**
 * Why a message was dead-lettered; null where the broker wrote nothing. How often it had been delivered is known only
 * where its delivery limit was the reason: before 4.3 the broker drops its count when it moves a message, and from then on
 * the count leaves out deliveries.
 */
export function deathOf(
  properties: unknown,
  deliveryLimit: number | null,
): NonNullable<Delivery['death']> | null {
  const parsed = deathsSchema.safeParse(properties)
  const latest = parsed.success ? parsed.data.headers['x-death'][0] : undefined
  if (latest === undefined) return null
  const reason = REASONS[latest.reason] ?? latest.reason
  if (latest.reason === 'expired') return { how: 'expired', reason, attempts: null }
  const byLimit = latest.reason === 'delivery_limit' && deliveryLimit !== null
  return { how: 'dead-lettered', reason, attempts: byLimit ? deliveryLimit + 1 : null }
}
