import { isUtf8 } from 'node:buffer'
import type { IHeaders } from 'kafkajs'
import * as z from 'zod'
import type { Metadata } from '#lib/protocol/metadata.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent, Delivery, OutgoingMessage } from '../contract.ts'
import { metadataOf, STRING, type WireEntry, type WireValue } from '../kit/metadata.ts'
import type { Hole, ReadRecord } from './holes.ts'
import { LOG_APPEND_TIME, readHeaderList } from './record-format.ts'
import { RESERVED_HEADERS } from './reserved-headers.ts'

/**
 * What rides beside a record's value: CloudEvents attributes as headers of the binary content mode (CloudEvents Kafka
 * binding, section 3.2, prefix `ce_`) and the content type. The value itself is never touched.
 */
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
const TYPE_NAME = 'ce_type'
const CONTENT_TYPE_NAME = 'content-type'
const CONTENT_TYPE = 'text/plain; charset=utf-8'
/** A UUID is 36; other programs may name their events otherwise. */
const ID_MAX_CHARS = 255
/** Headers that say what a record is and who sent it: the driver's alone. */
const RESERVED: ReadonlySet<string> = new Set(RESERVED_HEADERS)
const NO_TIMESTAMP = '-1'
/** The latest time that a date can hold. */
const TIME_MAX_MS = 8.64e15

export function headersOf(message: OutgoingMessage, source: string): IHeaders {
  const headers: IHeaders = {
    [TYPE_NAME]: EVENT_TYPE,
    [CONTENT_TYPE_NAME]: CONTENT_TYPE,
    ...message.headers,
    ce_id: message.messageId,
    ce_source: source,
    ce_specversion: SPEC_VERSION,
  }
  if (message.sender !== undefined) headers.ce_sender = message.sender
  return headers
}

/** What a record says about itself. Anyone may have written it, so it proves nothing. */
interface Attributes {
  messageId: string | null
  sender?: string
}

const idSchema = z.string().min(1).max(ID_MAX_CHARS)

/** kafkajs gives bytes, a list of them where a name occurs twice (the last one counts), or nothing for a null value. */
function textOf(value: unknown): string | undefined {
  const last: unknown = Array.isArray(value) ? value.at(-1) : value
  if (typeof last === 'string') return last
  return last instanceof Uint8Array
    ? Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString('utf8')
    : undefined
}

/** Reads a record's attributes, whatever a program outside put into its headers. Never throws. */
export function attributesOf(headers: Record<string, unknown> | undefined): Attributes {
  if (!headers) return { messageId: null }
  const attributes: Attributes = { messageId: idSchema.safeParse(textOf(headers.ce_id)).data ?? null }
  const sender = textOf(headers.ce_sender)
  if (sender !== undefined) attributes.sender = personNameSchema.safeParse(sender).data
  return attributes
}

/** Headers that the driver adds to every record; the type and the content type may be the sender's own. */
const isAdded = (name: string, text: string): boolean =>
  RESERVED.has(name) ||
  (name === TYPE_NAME && text === EVENT_TYPE) ||
  (name === CONTENT_TYPE_NAME && text === CONTENT_TYPE)

const wireValue = (value: unknown): WireValue =>
  value instanceof Uint8Array
    ? { type: isUtf8(value) ? STRING : 'bytes', bytes: value }
    : value === null || value === undefined
      ? { type: 'null' }
      : { type: typeof value, text: String(value) }

const bytesSchema = z.object({
  headerBytes: z.object({ buffer: z.instanceof(Buffer), offset: z.number().int() }),
})

type RecordParts = Pick<ReadRecord, 'key' | 'value' | 'timestamp' | 'offset' | 'unreadable'> & {
  headers?: Record<string, unknown> | undefined
}

/** In the order of the record; without its bytes, which kafkajs's own decoder does not keep, by name. */
function headerEntries(record: RecordParts): WireEntry[] {
  const kept = bytesSchema.safeParse(record)
  if (kept.success) {
    return readHeaderList(kept.data.headerBytes).map(([name, value]) => ({ name, value: wireValue(value) }))
  }
  return Object.entries(record.headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: unknown) => ({ name, value: wireValue(one) })),
  )
}

const timeSchema = z.object({
  timestamp: z.string().regex(/^-?\d+$/),
  batchContext: z.object({ timestampType: z.number().optional() }).optional(),
})

/** When the record was made, or when the broker stored it; nothing where the record says -1. */
function timestampOf(record: RecordParts): WireEntry[] {
  const parsed = timeSchema.safeParse(record)
  if (!parsed.success || parsed.data.timestamp === NO_TIMESTAMP) return []
  const { timestamp, batchContext } = parsed.data
  const type = batchContext?.timestampType === LOG_APPEND_TIME ? 'LogAppendTime' : 'CreateTime'
  const time = Number(timestamp)
  const isTime = Math.abs(time) <= TIME_MAX_MS
  return [{ name: 'timestamp', value: { type, text: timestamp, ...(isTime ? { time } : {}) } }]
}

/** All that rode beside a record's value. Never throws, whatever a program outside put there. */
export const readMetadata = (record: RecordParts): Metadata =>
  metadataOf({ headers: headerEntries(record), properties: timestampOf(record), isAdded })

const NO_BYTES = new Uint8Array(0)

/** One record as the contract's delivery. A null value is a tombstone, unless the record could not be read. */
export function deliveryOf(
  record: RecordParts,
  at: { topic: string; partition: number; delivery: number; redelivered: boolean; attempt: number | null },
): Delivery {
  const { topic, partition, delivery, redelivered, attempt } = at
  const { key, unreadable } = record
  const offset = unreadable?.offset ?? record.offset
  const { messageId, sender } = attributesOf(record.headers)
  const result: Delivery = {
    type: 'delivered',
    delivery,
    messageId,
    identity: `kafka:${topic}:${partition}:${offset}`,
    body: record.value ?? NO_BYTES,
    metadata: readMetadata.bind(null, record),
    attempt,
    redelivered,
    address: { kind: 'offset', topic, partition, offset },
    at: now(),
  }
  const writtenAt = Number(record.timestamp)
  if (record.timestamp !== NO_TIMESTAMP && !Number.isNaN(writtenAt)) result.writtenAt = writtenAt
  if (unreadable) result.unreadable = { reason: unreadable.reason, records: unreadable.records }
  else if (record.value === null) result.nullBody = true
  if (key) {
    result.key = key.toString('utf8')
    if (!isUtf8(key)) result.keyBytes = key
  }
  if (sender !== undefined) result.sender = sender
  return result
}

/** A hole as the contract's gap. */
export const gapOf = ({ partition, reason, missed }: Hole): ConsumerEvent => ({
  type: 'gap',
  reason,
  missed,
  partition,
  awayMs: 0,
  at: now(),
})
