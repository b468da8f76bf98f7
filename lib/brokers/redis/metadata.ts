import { isUtf8 } from 'node:buffer'
import * as z from 'zod'
import type { Delivery, OutgoingMessage } from '#lib/brokers/contract.ts'
import { metadataOf, STRING, type WireEntry } from '#lib/brokers/kit/metadata.ts'
import type { Metadata } from '#lib/protocol/metadata.ts'
import { personNameSchema } from '#lib/protocol/names.ts'
import { POISON_HEADER } from '#lib/protocol/poison.ts'
import type { Entry } from './replies.ts'

/*
 * A message as a stream entry: the field `body` holds exactly the typed bytes; beside it are CloudEvents attributes as
 * `ce_…` and a sender's own headers as `header_…`. Lists carry no metadata; a channel's only metadata is its name.
 */
const BODY = 'body'
const PREFIX = 'ce_'
const PREFIX_BYTES = [...Buffer.from(PREFIX)]
const ID = `${PREFIX}id`
const SENDER = `${PREFIX}sender`
const HEADER_PREFIX = 'header_'
const POISON_FIELD = HEADER_PREFIX + POISON_HEADER
/** Only in dead letters, which keep all the fields that they had and get these. */
const DEAD_PREFIX = 'dead_'
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
/** Where programs outside put a text; the first that exists counts. */
const TEXT_FIELDS = [BODY, 'message', 'text', 'data']
/** A UUID has 36; other programs may name their events otherwise. */
const ID_MAX_CHARS = 255

export type Field = string | Buffer

export function fieldsOf(message: OutgoingMessage, source: string): Field[] {
  const { body, messageId, sender, headers = {} } = message
  const fields: Field[] = [BODY, Buffer.from(body.buffer, body.byteOffset, body.byteLength)]
  fields.push(ID, messageId, 'ce_source', source, 'ce_type', EVENT_TYPE, 'ce_specversion', SPEC_VERSION)
  if (sender !== undefined) fields.push(SENDER, sender)
  for (const [name, value] of Object.entries(headers)) fields.push(HEADER_PREFIX + name, value)
  return fields
}

/** Which entry a dead letter was, and why it was given up on. */
export interface DeadLetter {
  id: string
  reason: string
  attempts: number
}

/** What is added to an entry's own fields when it goes to the dead letters. */
export const deadLetterFields = ({ id, reason, attempts }: DeadLetter, from: string, at: number): Field[] => [
  ...['dead_id', id, 'dead_from', from, 'dead_reason', reason],
  ...['dead_attempts', String(attempts), 'dead_at', new Date(at).toISOString()],
]

/** What an entry says of itself. Anyone may have written it: it proves nothing. */
export type EntryContent = Pick<Delivery, 'messageId' | 'body' | 'metadata' | 'sender' | 'death'> & {
  /** The entry that a dead letter was before. */
  deadId?: string
  /** It bears the header that makes it so, from here or from a program outside, which has no prefix for it. */
  isPoison?: true
}

const idSchema = z.string().min(1).max(ID_MAX_CHARS)
const deathSchema = z.object({
  dead_id: z.string(),
  dead_reason: z.string(),
  dead_attempts: z.coerce.number().int().nonnegative().nullable().catch(null),
})

/** The first value of each name. */
type Fields = Map<string, Buffer>

/**
 * Reads an entry's fields, whatever a program outside put there. Never throws. The body is the field `body`, else
 * `message`, `text` or `data`; an entry without any of them is shown as JSON of all its fields (in which bytes that are
 * no UTF-8 are replaced). Of fields with one name the first counts; in that JSON they are a list.
 */
export function readFields(fields: readonly Buffer[]): EntryContent {
  const all: Fields = new Map()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [bytes, value] = [fields[index], fields[index + 1]]
    if (bytes === undefined || value === undefined || isIgnored(bytes)) continue
    const name = String(bytes)
    if (!all.has(name)) all.set(name, value)
  }
  const textField = textFieldOf(all)
  const body = textField === undefined ? Buffer.from(asJson(fields)) : (all.get(textField) ?? NO_BYTES)
  const content: EntryContent = {
    messageId: null,
    body,
    metadata: readMetadata.bind(null, fields, textField),
  }
  const id = all.get(ID)
  if (id !== undefined) content.messageId = idSchema.safeParse(String(id)).data ?? null
  const sender = all.get(SENDER)
  if (sender !== undefined) content.sender = personNameSchema.safeParse(String(sender)).data
  if (all.has('dead_id')) readDeath(content, all)
  if (all.has(POISON_FIELD) || all.has(POISON_HEADER)) content.isPoison = true
  return content
}

/** CloudEvents attributes that say nothing about the message; compared by bytes, as most fields are such. */
const isIgnored = (name: Buffer): boolean =>
  name.length !== ID.length &&
  name.length !== SENDER.length &&
  PREFIX_BYTES.every((byte, at) => name[at] === byte)

const NO_BYTES = Buffer.alloc(0)

function textFieldOf(all: Fields): string | undefined {
  for (const name of TEXT_FIELDS) if (all.has(name)) return name
  return undefined
}

function readDeath(content: EntryContent, all: Fields): void {
  const death = deathSchema.safeParse(
    Object.fromEntries([...all].map(([name, value]) => [name, String(value)])),
  )
  if (!death.success) return
  const { dead_id, dead_reason, dead_attempts } = death.data
  content.deadId = dead_id
  content.death = { how: 'dead-lettered', reason: dead_reason, attempts: dead_attempts }
}

/** Fields that the driver adds to every entry, and to a dead letter. */
const isAdded = (name: string): boolean => name.startsWith(PREFIX) || name.startsWith(DEAD_PREFIX)

/** All fields but the first one that holds the body. A sender's own headers have a prefix on the wire. */
function readMetadata(fields: readonly Buffer[], textField: string | undefined): Metadata {
  const headers: WireEntry[] = []
  let hasBody = textField === undefined
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name, value] = [fields[index] ?? NO_BYTES, fields[index + 1] ?? NO_BYTES]
    const text = String(name)
    if (!hasBody && text === textField) hasBody = true
    else headers.push(entryOf(name, text, value))
  }
  const source = textField === undefined || textField === BODY ? [] : [bodyField(textField)]
  return metadataOf({ headers, properties: source, isAdded })
}

/** Which field the body was read from. */
const bodyField = (text: string): WireEntry => ({ name: 'body field', value: { type: STRING, text } })

const entryOf = (name: Buffer, text: string, bytes: Buffer): WireEntry => ({
  name,
  value: { type: isUtf8(bytes) ? STRING : 'bytes', bytes },
  ...(text.startsWith(HEADER_PREFIX) ? { plainName: text.slice(HEADER_PREFIX.length) } : {}),
})

function asJson(fields: readonly Buffer[]): string {
  const all = new Map<string, string[]>()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name, value] = [String(fields[index]), String(fields[index + 1])]
    const known = all.get(name)
    if (known) known.push(value)
    else all.set(name, [value])
  }
  // An object would put names that look like numbers first.
  const members = [...all].map(([name, texts]) => {
    return `${JSON.stringify(name)}:${JSON.stringify(texts.length === 1 ? texts[0] : texts)}`
  })
  return `{${members.join(',')}}`
}

/** A delivery as a consumer emits it, with what is kept of it while it is unacked. */
export interface ItemDelivery<T> {
  item: T
  content: Omit<Delivery, 'type' | 'delivery' | 'inHand' | 'at'>
  /** Whoever processes it fails. */
  isPoison?: boolean
}

/** An unacked entry. */
export interface UnackedEntry {
  readonly id: string
  readonly identity: string
  readonly messageId: string | null
  readonly body: Uint8Array
  readonly attempt: number
  /** As they came: a dead letter takes all of them along. */
  readonly fields: readonly Buffer[]
}

/** The key that an entry was read from: the destination's own stream, or that of its dead letters. */
interface Source {
  address: string
  stream: string
}

/** An entry has one identity at every consumer, also once it lies among the dead letters. */
const identityOf = (stream: string, id: string): string => `redis:${stream}:${id}`

/** Null for an entry that was deleted while pending. `index`: how many were appended before it, if known. */
export function deliveryOf(
  { id, fields }: Entry,
  { address, stream }: Source,
  attempt: number,
  index: number | null = null,
): ItemDelivery<UnackedEntry> | null {
  if (fields === null) return null
  const { deadId, death, isPoison = false, ...content } = readFields(fields)
  const isDead = stream !== address
  const identity = isDead && deadId !== undefined ? identityOf(address, deadId) : identityOf(stream, id)
  return {
    item: { id, identity, messageId: content.messageId, body: content.body, attempt, fields },
    // Who reads dead letters looks at them, and processes nothing.
    isPoison: isPoison && !isDead,
    content: {
      identity,
      ...content,
      ...(isDead && death ? { death } : undefined),
      attempt,
      redelivered: attempt > 1,
      address: { kind: 'entry', stream, id, ...(index === null ? undefined : { index }) },
    },
  }
}

/** The channel that a subscriber of `address` heard a message on, by which pattern, and so with which key. */
export function channelMetadata(
  address: string,
  channel: string,
  pattern: string | null,
): Pick<Delivery, 'address' | 'key'> {
  if (pattern === null) return { address: { kind: 'channel', channel } }
  const heard = { address: { kind: 'channel', channel, pattern } } as const
  return channel.startsWith(`${address}.`) ? { ...heard, key: channel.slice(address.length + 1) } : heard
}
