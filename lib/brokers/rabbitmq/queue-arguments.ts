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

/** The settings that would yield what the broker has; values that no setting can have are sorted out by the caller. */
export function queueSettingsIn(
  address: string,
  { type, durable, arguments: given }: { type: string; durable: boolean; arguments: Record<string, unknown> },
): Record<keyof QueueSettings, unknown> {
  return {
    type,
    durable,
    messageTtlMs: given['x-message-ttl'] ?? 0,
    maxLength: given['x-max-length'] ?? 0,
    overflow: given['x-overflow'] ?? 'drop-head',
    maxPriority: given['x-max-priority'] ?? 0,
    singleActiveConsumer: given['x-single-active-consumer'] ?? false,
    deliveryLimit: given['x-delivery-limit'] ?? 0,
    deadLetters: given['x-dead-letter-exchange'] === deadLettersOf(address),
  }
}

export function streamSettingsIn(given: Record<string, unknown>): Record<keyof StreamSettings, unknown> {
  const ageMs = ageMsOf(given)
  return {
    maxAgeHours: ageMs === null ? 0 : ageMs / MS_PER_HOUR,
    maxLengthBytes: given['x-max-length-bytes'] ?? 0,
  }
}

/** Units of `x-max-age`, as RabbitMQ counts them (rabbitmq.com/docs/streams#retention). */
const AGE_UNITS_HOURS = new Map(
  Object.entries({ Y: 365 * 24, M: 30 * 24, D: 24, h: 1, m: 1 / 60, s: 1 / 3_600 }),
)

/** How long a stream with these arguments keeps a message at least, milliseconds; null: for good, or by size. */
export function ageMsOf(given: Record<string, unknown>): number | null {
  const age = given['x-max-age']
  if (typeof age !== 'string') return null
  const hours = AGE_UNITS_HOURS.get(age.slice(-1))
  const count = Number(age.slice(0, -1))
  return hours === undefined || !(count > 0) ? null : Math.round(count * hours * MS_PER_HOUR)
}
