import { z } from 'zod'
import type { Delivery, OutgoingMessage } from '#lib/brokers/contract.ts'
import { HEADER_NAME_MAX_CHARS, HEADER_VALUE_MAX_CHARS, HEADERS_MAX } from '#lib/protocol/limits.ts'
import { personNameSchema } from '#lib/protocol/names.ts'

/**
 * A message as a stream entry: the field `body` holds exactly the typed bytes; beside it CloudEvents attributes as `ce_…`
 * and a sender's own headers as `header_…`.
 */
const BODY = 'body'
const PREFIX = 'ce_'
const PREFIX_BYTES = [...Buffer.from(PREFIX)]
const ID = `${PREFIX}id`
const SENDER = `${PREFIX}sender`
const HEADER_PREFIX = 'header_'
/** Only in entries of dead letters, which keep all fields that they had and get these. */
const DEAD_PREFIX = 'dead_'
const SPEC_VERSION = '1.0'
const EVENT_TYPE = 'switchboard.chat.message'
/** Where programs outside put a text, the first that is there. */
const TEXT_FIELDS = [BODY, 'message', 'text', 'data']
/** A UUID is 36; other programs may name their events otherwise. */
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

/** Why an entry lies among the dead letters, and which one it was. */
export interface Grave {
  id: string
  reason: string
  attempts: number
}

/** What is added to an entry's own fields when it goes to the dead letters. */
export const graveFields = ({ id, reason, attempts }: Grave, from: string, at: number): Field[] => [
  ...['dead_id', id, 'dead_from', from, 'dead_reason', reason],
  ...['dead_attempts', String(attempts), 'dead_at', new Date(at).toISOString()],
]

/** One entry as Redis told it; `fields` is null where it was deleted although it is still somebody's to acknowledge. */
export interface Entry {
  id: string
  fields: Buffer[] | null
}

type RawEntry = [id: Buffer, fields: Buffer[] | null]

const areBuffers = (value: unknown): value is Buffer[] => Array.isArray(value) && value.every(Buffer.isBuffer)
const isEntry = (value: unknown): value is RawEntry =>
  Array.isArray(value) &&
  value.length === 2 &&
  Buffer.isBuffer(value[0]) &&
  (value[1] === null || areBuffers(value[1]))
const areEntries = (value: unknown): value is Array<RawEntry | null> =>
  Array.isArray(value) && value.every((entry) => entry === null || isEntry(entry))
/** Looked at, not copied: tens of thousands of entries a second come through here. */
const entriesSchema = z.custom<Array<RawEntry | null>>(areEntries, 'not entries of a stream')
/** RESP3, which the client library speaks where Redis does, answers a map: name, entries; RESP2 a list of such pairs. */
const pairSchema = z.tuple([z.instanceof(Buffer), entriesSchema])
const streamsSchema = z.union([pairSchema, z.tuple([pairSchema]).transform(([pair]) => pair)]).nullable()

const asEntries = (told: Array<RawEntry | null>): Entry[] =>
  told.flatMap((entry) => (entry === null ? [] : [{ id: entry[0].toString(), fields: entry[1] }]))

/** XCLAIM's and XRANGE's answer. */
export const readEntries = (reply: unknown): Entry[] => asEntries(entriesSchema.parse(reply))

/** XREAD's and XREADGROUP's answer for one stream; nothing when the wait ended without an entry. */
export function readStream(reply: unknown): Entry[] {
  const stream = streamsSchema.parse(reply)
  return stream === null ? [] : asEntries(stream[1])
}

/** What an entry says about itself. Anyone may have written it: claims, never proof. */
export type Told = Pick<Delivery, 'messageId' | 'body' | 'sender' | 'headers' | 'death'> & {
  /** The entry that a dead letter was before. */
  deadId?: string
}

const idSchema = z.string().min(1).max(ID_MAX_CHARS)
const graveSchema = z.object({
  dead_id: z.string(),
  dead_reason: z.string(),
  dead_attempts: z.coerce.number().int().nonnegative().nullable().catch(null),
})

/**
 * Reads an entry's fields, whatever a program outside put there. Never throws. The body is the field `body`, else
 * `message`, `text` or `data`; an entry without any of them is shown as JSON of all its fields (in which bytes that are
 * no UTF-8 are replaced). Of fields with one name the first counts; in that JSON they are a list.
 */
export function readFields(fields: readonly Buffer[]): Told {
  const all: Fields = new Map()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [bytes, value] = [fields[index], fields[index + 1]]
    if (bytes === undefined || value === undefined || isUnread(bytes)) continue
    const name = String(bytes)
    if (!all.has(name)) all.set(name, value)
  }
  const textField = textFieldOf(all)
  const body = textField === undefined ? Buffer.from(asJson(fields)) : (all.get(textField) ?? NO_BYTES)
  const told: Told = { messageId: null, body }
  const id = all.get(ID)
  if (id !== undefined) told.messageId = idSchema.safeParse(String(id)).data ?? null
  const sender = all.get(SENDER)
  if (sender !== undefined) told.sender = personNameSchema.safeParse(String(sender)).data
  if (all.has('dead_id')) readGrave(told, all)
  if (textField !== undefined) addHeaders(told, all, textField)
  return told
}

/** `ce_type` and its like, which say nothing about the message: by their bytes, as most fields are such. */
const isUnread = (name: Buffer): boolean =>
  name.length !== ID.length &&
  name.length !== SENDER.length &&
  PREFIX_BYTES.every((byte, at) => name[at] === byte)

/** The first of each name. */
type Fields = Map<string, Buffer>

const NO_BYTES = Buffer.alloc(0)

function textFieldOf(all: Fields): string | undefined {
  for (const name of TEXT_FIELDS) if (all.has(name)) return name
  return undefined
}

function readGrave(told: Told, all: Fields): void {
  const grave = graveSchema.safeParse(
    Object.fromEntries([...all].map(([name, value]) => [name, String(value)])),
  )
  if (!grave.success) return
  const { dead_id, dead_reason, dead_attempts } = grave.data
  told.deadId = dead_id
  told.death = { how: 'dead-lettered', reason: dead_reason, attempts: dead_attempts }
}

function addHeaders(told: Told, all: Fields, textField: string): void {
  let kept: Record<string, string> | undefined
  let count = 0
  for (const [name, value] of all) {
    if (name === textField || name === '__proto__' || name.startsWith(PREFIX)) continue
    if (told.death !== undefined && name.startsWith(DEAD_PREFIX)) continue
    const bare = bareName(name)
    if (bare === '__proto__') continue
    if (++count > HEADERS_MAX) break
    kept ??= {}
    kept[bare] = String(value).slice(0, HEADER_VALUE_MAX_CHARS)
  }
  if (kept) told.headers = kept
}

const bareName = (name: string): string =>
  (name.startsWith(HEADER_PREFIX) ? name.slice(HEADER_PREFIX.length) : name).slice(0, HEADER_NAME_MAX_CHARS)

function asJson(fields: readonly Buffer[]): string {
  const all = new Map<string, string[]>()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name, value] = [String(fields[index]), String(fields[index + 1])]
    const known = all.get(name)
    if (known) known.push(value)
    else all.set(name, [value])
  }
  const values = [...all].map(([name, texts]) => [name, texts.length === 1 ? texts[0] : texts])
  return JSON.stringify(Object.fromEntries(values))
}
