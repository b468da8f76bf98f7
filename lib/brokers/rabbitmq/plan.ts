import type { Options } from 'amqplib'
import type { DestinationSpec } from '../contract.ts'
import { streamSettings } from './manifest-log.ts'
import { queueSettings } from './manifest-queue.ts'
import { parsed } from './settings.ts'

/** How a queue is asked for. */
export interface QueuePlan {
  durable: boolean
  arguments: NonNullable<Options.AssertQueue['arguments']>
  /** Whether it has a dead-letter exchange and queue beside it. */
  deadLetters: boolean
  /** What will be done differently from what was asked, and why. */
  note?: string
}

/** As a plain client would: not durable, no arguments. */
export const PLAIN: QueuePlan = { durable: false, arguments: {}, deadLetters: false }

const MS_PER_HOUR = 3_600_000

/** Where dead letters of a queue go: an exchange and a queue of that name. */
export const deadLettersOf = (address: string): string => `${address}.dead`

/** Default settings say nothing that a plain client wouldn't. Throws AppError `invalid`. */
export function planQueue({ address, settings }: DestinationSpec): QueuePlan {
  const asked = parsed(queueSettings, settings, 'queue')
  const given: QueuePlan['arguments'] = {}
  if (asked.type === 'quorum') given['x-queue-type'] = 'quorum'
  if (asked.messageTtlMs > 0) given['x-message-ttl'] = asked.messageTtlMs
  if (asked.maxLength > 0) {
    given['x-max-length'] = asked.maxLength
    if (asked.overflow !== 'drop-head') given['x-overflow'] = asked.overflow
  }
  if (asked.maxPriority > 0) given['x-max-priority'] = asked.maxPriority
  if (asked.singleActiveConsumer) given['x-single-active-consumer'] = true
  if (asked.deliveryLimit > 0) given['x-delivery-limit'] = asked.deliveryLimit
  if (asked.deadLetters) given['x-dead-letter-exchange'] = deadLettersOf(address)
  const plan = { durable: asked.durable, arguments: given, deadLetters: asked.deadLetters }
  if (asked.type !== 'quorum' || asked.durable) return plan
  return { ...plan, durable: true, note: 'Quorum queues are always durable, so this one is.' }
}

/** Throws AppError `invalid`. */
export function planStream({ settings }: DestinationSpec): QueuePlan {
  const asked = parsed(streamSettings, settings, 'stream')
  const given: QueuePlan['arguments'] = { 'x-queue-type': 'stream' }
  if (asked.maxAgeHours > 0) given['x-max-age'] = `${asked.maxAgeHours}h`
  if (asked.maxLengthBytes > 0) given['x-max-length-bytes'] = asked.maxLengthBytes
  return { durable: true, arguments: given, deadLetters: false }
}

/** How long a stream keeps at least; null: for good, or by size. Throws AppError `invalid`. */
export function retentionOf({ settings }: DestinationSpec): number | null {
  const { maxAgeHours } = parsed(streamSettings, settings, 'stream')
  return maxAgeHours > 0 ? maxAgeHours * MS_PER_HOUR : null
}
