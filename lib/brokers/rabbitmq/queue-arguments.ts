import type { Options } from 'amqplib'
import type { QueueSettings, StreamSettings } from './settings.ts'

/** What a queue or a stream is declared with. Pure; runs in the browser too. */

export type QueueArguments = NonNullable<Options.AssertQueue['arguments']>

export interface QueueDeclaration {
  durable: boolean
  arguments: QueueArguments
  /** Whether it has a dead-letter exchange and queue beside it. */
  deadLetters: boolean
  /** What differs from the settings asked for, and why. */
  note?: string
  /** How long a stream keeps a message at least, milliseconds; absent: for good, or by size, and for queues. */
  retentionMs?: number
}

/** As a plain client declares a queue: not durable, no arguments. */
export const PLAIN: QueueDeclaration = { durable: false, arguments: {}, deadLetters: false }

const MS_PER_HOUR = 3_600_000

/** The name of the exchange and of the queue that keep a queue's dead letters. */
export const deadLettersOf = (address: string): string => `${address}.dead`

/** Default settings yield what a plain client declares. */
export function queueDeclaration(address: string, settings: QueueSettings): QueueDeclaration {
  const given: QueueArguments = {}
  if (settings.type === 'quorum') given['x-queue-type'] = 'quorum'
  if (settings.messageTtlMs > 0) given['x-message-ttl'] = settings.messageTtlMs
  if (settings.maxLength > 0) {
    given['x-max-length'] = settings.maxLength
    if (settings.overflow !== 'drop-head') given['x-overflow'] = settings.overflow
  }
  if (settings.maxPriority > 0) given['x-max-priority'] = settings.maxPriority
  if (settings.singleActiveConsumer) given['x-single-active-consumer'] = true
  if (settings.deliveryLimit > 0) given['x-delivery-limit'] = settings.deliveryLimit
  if (settings.deadLetters) given['x-dead-letter-exchange'] = deadLettersOf(address)
  const declaration = { durable: settings.durable, arguments: given, deadLetters: settings.deadLetters }
  if (settings.type !== 'quorum' || settings.durable) return declaration
  return { ...declaration, durable: true, note: 'Quorum queues are always durable, so this one is.' }
}

export function streamDeclaration({ maxAgeHours, maxLengthBytes }: StreamSettings): QueueDeclaration {
  const given: QueueArguments = { 'x-queue-type': 'stream' }
  if (maxAgeHours > 0) given['x-max-age'] = `${maxAgeHours}h`
  if (maxLengthBytes > 0) given['x-max-length-bytes'] = maxLengthBytes
  const declaration = { durable: true, arguments: given, deadLetters: false }
  return maxAgeHours > 0 ? { ...declaration, retentionMs: maxAgeHours * MS_PER_HOUR } : declaration
}
