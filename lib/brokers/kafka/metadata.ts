import type { IHeaders } from 'kafkajs'
import { z } from 'zod'
import { HEADER_NAME_MAX_CHARS, HEADER_VALUE_MAX_CHARS, HEADERS_MAX } from '#lib/protocol/limits.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import type { ConsumerEvent, Delivery, OutgoingMessage } from '../contract.ts'
import type { Hole, ReadRecord } from './holes.ts'

/**
 * What rides beside a record's value: CloudEvents attributes as headers of the binary content mode (CloudEvents Kafka
 * binding, section 3.2, prefix `ce_`) and the content type. The value itself is never touched.
 */
const PREFIX = 'ce_'
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
const CONTENT_TYPE_NAME = 'content-type'
const CONTENT_TYPE = 'text/plain; charset=utf-8'
/** A UUID is 36; other programs may name their events otherwise. */
const ID_MAX_CHARS = 255

export function headersOf(message: OutgoingMessage, source: string): IHeaders {
  const headers: IHeaders = {
    ...message.headers,
    ce_id: message.messageId,
    ce_source: source,
    ce_type: EVENT_TYPE,
    ce_specversion: SPEC_VERSION,
    [CONTENT_TYPE_NAME]: CONTENT_TYPE,
  }
  if (message.sender !== undefined) headers.ce_sender = message.sender
  return headers
}

/** What a record says about itself. Anyone may have written it, so it proves nothing. */
interface Attributes {
  messageId: string | null
  sender?: string
  headers?: Record<string, string>
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

function otherHeaders(all: Record<string, unknown>): Record<string, string> | undefined {
  let kept: Record<string, string> | undefined
  let count = 0
  for (const name of Object.keys(all)) {
    if (name.startsWith(PREFIX) || name === '__proto__') continue
    const text = textOf(all[name])
    if (text === undefined || (name === CONTENT_TYPE_NAME && text === CONTENT_TYPE)) continue
    if (++count > HEADERS_MAX) break
    kept ??= {}
    kept[name.slice(0, HEADER_NAME_MAX_CHARS)] = text.slice(0, HEADER_VALUE_MAX_CHARS)
  }
  return kept
}

/** Reads a record's headers, whatever a program outside put there. Never throws. */
export function attributesOf(headers: Record<string, unknown> | undefined): Attributes {
  if (!headers) return { messageId: null }
  const attributes: Attributes = { messageId: idSchema.safeParse(textOf(headers.ce_id)).data ?? null }
  const sender = textOf(headers.ce_sender)
  if (sender !== undefined) attributes.sender = personNameSchema.safeParse(sender).data
  const others = otherHeaders(headers)
  if (others) attributes.headers = others
  return attributes
}

const NO_BYTES = new Uint8Array(0)

/** One record as the contract's delivery. A null value (a tombstone) is an empty body, and so is what cannot be read. */
export function deliveryOf(
  record: ReadRecord,
  at: { topic: string; partition: number; delivery: number; redelivered: boolean },
): Delivery {
  const { topic, partition, delivery, redelivered } = at
  const { unreadable } = record
  const offset = unreadable?.offset ?? record.offset
  const { messageId, sender, headers } = attributesOf(record.headers)
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
  if (unreadable) result.unreadable = { reason: unreadable.reason, records: unreadable.records }
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
