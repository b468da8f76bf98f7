import type { Options } from 'amqplib'
import { z } from 'zod'
import { HEADER_NAME_MAX_CHARS, HEADER_VALUE_MAX_CHARS, HEADERS_MAX } from '#lib/protocol/limits.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import { cutText } from '#lib/util/cut-text.ts'
import type { OutgoingMessage } from '../contract.ts'
import { type MessageSettings, messageSettingsOf } from './settings.ts'

/**
 * What rides beside a body: AMQP's basic properties, and CloudEvents attributes as headers of the binary content mode
 * (CloudEvents AMQP binding, section 3.1, prefix `cloudEvents_`). The body itself is never touched.
 */
const PREFIX = 'cloudEvents_'
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
const CONTENT_TYPE = 'text/plain; charset=utf-8'
const PERSISTENT = 2
const TRANSIENT = 1
/** AMQP's short string, which a message id is. */
const SHORT_STRING_MAX_BYTES = 255

/** Sender-selected distribution: further routing keys for RabbitMQ, which closes the channel when they are no lists. */
const ROUTING_HEADERS = new Set(['CC', 'BCC'])
/** Written by the broker, not by the sender. */
const BROKER_HEADERS = /^x-(delivery-count|acquired-count|stream-offset|death|first-death-.*|last-death-.*)$/

/** Why RabbitMQ can't take these headers, as a sentence; null when it can. */
export function unfitHeader(headers: Record<string, string> | undefined): string | null {
  for (const name in headers) {
    if (ROUTING_HEADERS.has(name)) return `RabbitMQ would take the header "${name}" for routing keys`
    if (Buffer.byteLength(name) > SHORT_STRING_MAX_BYTES) return 'a header name is longer than AMQP allows'
  }
  return null
}

/**
 * A message's properties. By default it is transient (delivery mode 1), as a plain client would send it, except to a
 * destination known to be durable, which keeps only persistent messages over a restart
 * (rabbitmq.com/docs/queues#durability). Throws AppError `invalid` for settings that a message can't have.
 */
export function propertiesOf(message: OutgoingMessage, source: string, durable: boolean): Options.Publish {
  const options = messageSettingsOf(message.settings)
  return {
    mandatory: options.mandatory,
    messageId: message.messageId,
    timestamp: Math.floor(message.sentAt / 1_000),
    contentType: CONTENT_TYPE,
    deliveryMode: isPersistent(options, durable) ? PERSISTENT : TRANSIENT,
    priority: options.priority > 0 ? options.priority : undefined,
    expiration: options.ttlMs > 0 ? options.ttlMs : undefined,
    headers: {
      ...message.headers,
      cloudEvents_id: message.messageId,
      cloudEvents_source: source,
      cloudEvents_type: EVENT_TYPE,
      cloudEvents_specversion: SPEC_VERSION,
      cloudEvents_sender: message.sender,
    },
  }
}

const isPersistent = ({ persistent }: MessageSettings, durable: boolean): boolean =>
  persistent === 'auto' ? durable : persistent === 'persistent'

/** What a delivery's properties claim. Any program may have written them, so they prove nothing. */
export interface Claims {
  messageId: string | null
  sender?: string
  headers?: Record<string, string>
  /** How often a quorum queue has delivered it before. */
  deliveryCount: number | null
  /** Its offset in a stream. */
  streamOffset?: number
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const propertiesSchema = z.object({
  messageId: z.string().min(1).optional().catch(undefined),
  // Not `z.record`, which would copy the headers of every delivery.
  headers: z.custom<Record<string, unknown>>(isTable).optional().catch(undefined),
})
const countSchema = z.number().int().nonnegative()

/** Headers of any AMQP type as bounded text; lists and tables as JSON. */
function asText(value: unknown): string {
  if (typeof value === 'string') return cutText(value, HEADER_VALUE_MAX_CHARS)
  if (Buffer.isBuffer(value)) return cutText(value.toString('base64'), HEADER_VALUE_MAX_CHARS)
  if (typeof value === 'object') return cutText(JSON.stringify(value), HEADER_VALUE_MAX_CHARS)
  return String(value)
}

function foreignHeaders(all: Record<string, unknown>): Record<string, string> | undefined {
  let kept: Record<string, string> | undefined
  let count = 0
  for (const name of Object.keys(all)) {
    if (name.startsWith(PREFIX) || name === '__proto__' || BROKER_HEADERS.test(name)) continue
    if (++count > HEADERS_MAX) break
    kept ??= {}
    kept[cutText(name, HEADER_NAME_MAX_CHARS)] = asText(all[name])
  }
  return kept
}

/** Parses a delivery's properties. Never throws, whatever a program outside put there. */
export function claimsOf(properties: unknown): Claims {
  const parsed = propertiesSchema.safeParse(properties)
  if (!parsed.success) return { messageId: null, deliveryCount: null }
  const { messageId, headers } = parsed.data
  const claims: Claims = { messageId: messageId ?? null, deliveryCount: null }
  if (!headers) return claims
  const sender = headers.cloudEvents_sender
  if (sender !== undefined) claims.sender = personNameSchema.safeParse(sender).data
  const count = headers['x-delivery-count']
  if (count !== undefined) claims.deliveryCount = countSchema.safeParse(count).data ?? null
  const offset = headers['x-stream-offset']
  if (offset !== undefined) claims.streamOffset = countSchema.safeParse(offset).data
  const foreign = foreignHeaders(headers)
  if (foreign) claims.headers = foreign
  return claims
}
