import type { Options } from 'amqplib'
import * as z from 'zod'
import type { Metadata } from '#lib/protocol/metadata.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import type { OutgoingMessage } from '../contract.ts'
import { metadataOf, type WireEntry, type WireValue } from '../kit/metadata.ts'
import { type BasicProperties, readBasicProperties } from './basic-properties.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'
import { type MessageSettings, messageSettingsOf } from './settings.ts'

/**
 * What rides beside a body: AMQP's basic properties, and CloudEvents attributes as headers of the binary content mode
 * (CloudEvents AMQP binding, section 3.1, prefix `cloudEvents_`). The body itself is never touched.
 */
const TYPE = 'cloudEvents_type'
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
const CONTENT_TYPE = 'text/plain; charset=utf-8'
const PERSISTENT = 2
const TRANSIENT = 1
/** Headers that say what a message is and who sent it: the driver's alone. */
const RESERVED: ReadonlySet<string> = new Set(RESERVED_HEADERS)
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
      [TYPE]: EVENT_TYPE,
      ...message.headers,
      cloudEvents_id: message.messageId,
      cloudEvents_source: source,
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
  /** How often a quorum queue has delivered it before; null where that is not known. */
  deliveryCount: number | null
  /** Its offset in a stream. */
  streamOffset?: number
  /** The moment in its properties, in seconds. */
  timestamp?: number
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const propertiesSchema = z.object({
  messageId: z.string().min(1).optional().catch(undefined),
  timestamp: z.number().optional().catch(undefined),
  // Not `z.record`, which would copy the headers of every delivery.
  headers: z.custom<Record<string, unknown>>(isTable).optional().catch(undefined),
})
const countSchema = z.number().int().nonnegative()

/**
 * Whether `x-delivery-count` counts every delivery from this queue. From RabbitMQ 4.3 on it leaves out those that were
 * requeued by `basic.nack`, which `x-acquired-count` holds too, and a dead letter brings both from the queue it was in before.
 */
const countsAll = (headers: Record<string, unknown>): boolean => {
  const acquired = headers['x-acquired-count']
  if (acquired === undefined) return true
  return acquired === headers['x-delivery-count'] && headers['x-death'] === undefined
}

/** Headers that the driver adds to every message; those of the type may be the sender's own. */
const isAdded = (name: string, text: string): boolean =>
  BROKER_HEADERS.test(name) || RESERVED.has(name) || (name === TYPE && text === EVENT_TYPE)

/**
 * All that rode beside a body. `raw`: the bytes of the properties; without them, as the client library read them. Never
 * throws, whatever a program outside put there.
 */
export function readMetadata(raw: Buffer | undefined, properties: unknown): Metadata {
  return metadataOf({ ...(raw === undefined ? decodedProperties(properties) : rawProperties(raw)), isAdded })
}

function rawProperties(raw: Buffer): BasicProperties {
  try {
    return readBasicProperties(raw)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { headers: [], properties: [{ name: 'unreadable', value: { type: 'bytes', bytes: raw } }] }
  }
}

/** What the client library made of them: without their types. */
function decodedProperties(properties: unknown): BasicProperties {
  const all: Record<string, unknown> = isTable(properties) ? properties : {}
  const { headers, ...others } = all
  return {
    headers: isTable(headers) ? entriesOf(headers) : [],
    properties: entriesOf(others),
  }
}

const entriesOf = (table: Record<string, unknown>): WireEntry[] =>
  Object.entries(table).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: decodedValue(value) }],
  )

function decodedValue(value: unknown): WireValue {
  if (value === null) return { type: 'null' }
  if (value instanceof Uint8Array) return { type: 'bytes', bytes: value }
  if (typeof value === 'object') return { type: 'unknown', text: JSON.stringify(value) ?? '' }
  return { type: typeof value, text: String(value) }
}

/** Parses a delivery's properties. Never throws, whatever a program outside put there. */
export function claimsOf(properties: unknown): Claims {
  const parsed = propertiesSchema.safeParse(properties)
  if (!parsed.success) return { messageId: null, deliveryCount: null }
  const { messageId, timestamp, headers } = parsed.data
  const claims: Claims = { messageId: messageId ?? null, deliveryCount: null }
  if (timestamp !== undefined) claims.timestamp = timestamp
  if (!headers) return claims
  const sender = headers.cloudEvents_sender
  if (sender !== undefined) claims.sender = personNameSchema.safeParse(sender).data
  const count = headers['x-delivery-count']
  if (count !== undefined && countsAll(headers))
    claims.deliveryCount = countSchema.safeParse(count).data ?? null
  const offset = headers['x-stream-offset']
  if (offset !== undefined) claims.streamOffset = countSchema.safeParse(offset).data
  return claims
}
