import type { ConsumeMessage } from 'amqplib'
import { now } from '#lib/util/clock.ts'
import type { Delivery } from '../contract.ts'
import { claimsOf } from './metadata.ts'

/**
 * Which attempt this is. A classic queue only says "again"; other kinds count what they handed out before in
 * `x-delivery-count` (rabbitmq.com/docs/quorum-queues#poison-message-handling). On a classic queue such a header is its
 * sender's invention.
 */
export function attemptOf(
  redelivered: boolean,
  deliveryCount: number | null,
  kind: string | null,
): number | null {
  if (!redelivered) return 1
  if (kind === 'classic' || deliveryCount === null) return null
  return deliveryCount + 1
}

/** One arrival from a queue, as the contract describes it. Never throws, whatever a program outside put into it. */
export function describeDelivery(
  { fields, properties, content }: ConsumeMessage,
  where: { queue: string; kind: string | null },
  delivery: number,
  identityOf: (messageId: string | null) => string,
): Delivery {
  const claims = claimsOf(properties)
  return {
    type: 'delivered',
    delivery,
    messageId: claims.messageId,
    identity: identityOf(claims.messageId),
    body: content,
    headers: claims.headers,
    sender: claims.sender,
    attempt: attemptOf(fields.redelivered, claims.deliveryCount, where.kind),
    redelivered: fields.redelivered,
    inHand: true,
    address: {
      kind: 'queue',
      queue: where.queue,
      exchange: fields.exchange,
      routingKey: fields.routingKey,
      deliveryTag: fields.deliveryTag,
    },
    at: now(),
  }
}
