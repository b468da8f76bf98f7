import { isUtf8 } from 'node:buffer'
import {
  FIELDS_MAX,
  FIELDS_MAX_CHARS,
  HEADER_NAME_MAX_CHARS,
  HEADER_VALUE_MAX_CHARS,
  HEADERS_MAX,
} from '#lib/protocol/limits.ts'
import { fieldsChars, type Metadata, type MetadataField } from '#lib/protocol/metadata.ts'
import { cutCounted, cutText } from '#lib/util/cut-text.ts'

/** A value as a protocol carries it. `bytes` that are valid UTF-8 are shown as text. */
export type WireValue =
  | { readonly type: string; readonly bytes: Uint8Array }
  | { readonly type: string; readonly text: string; readonly time?: number }
  | { readonly type: 'null' }
  | { readonly type: 'array'; readonly items: readonly WireValue[] }
  | { readonly type: 'table'; readonly entries: readonly WireEntry[] }

export interface WireEntry {
  readonly name: string | Uint8Array
  readonly value: WireValue
  /** What the name is where the value can be shown as a plain header; absent: the name itself. */
  readonly plainName?: string
}

interface WireMetadata {
  readonly headers: readonly WireEntry[]
  readonly properties: readonly WireEntry[]
  /** Whether it is one of those that a driver adds to every message, by its name on the wire: no header of the sender's. */
  isAdded(name: string, text: string): boolean
}

/** The type of a text, which is bytes that are valid UTF-8. */
export const STRING = 'string'

/** A character of UTF-16 takes three bytes of UTF-8 at most; so much more is needed to cut between two characters. */
const BYTES_PER_CHAR = 3
const CUT_MARGIN_BYTES = 256
/** Headers beyond these are counted and not read: an event carries far fewer. */
const HEADERS_READ_MAX = 4 * (HEADERS_MAX + FIELDS_MAX)

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * All that rode beside a body, within the limits of an event, every cut marked. Never throws, whatever a program outside put
 * there.
 */
export function metadataOf({ headers, properties, isAdded }: WireMetadata): Metadata {
  const read = headers.slice(0, HEADERS_READ_MAX).map((entry) => readHeader(entry, isAdded))
  const names = new Map<string, number>()
  for (const { name, added } of read) if (!added) names.set(name, (names.get(name) ?? 0) + 1)
  const rows = new FieldRows(headers.length - read.length)
  // First, so that no number of headers crowds them out.
  for (const entry of properties) rows.add('properties', entry)
  const plain: Record<string, string> = {}
  let count = 0
  for (const { entry, name, text, added } of read) {
    if (text === null || added || names.get(name) !== 1 || count >= HEADERS_MAX) rows.add('headers', entry)
    else {
      plain[name] = text
      count += 1
    }
  }
  return {
    ...(count === 0 ? {} : { headers: plain }),
    ...(rows.fields.length === 0 ? {} : { fields: rows.fields }),
    ...(rows.omitted === 0 ? {} : { omittedFields: rows.omitted }),
  }
}

/** `text`: null where it cannot be shown as a plain header, which is a name and a short text. */
function readHeader(entry: WireEntry, isAdded: WireMetadata['isAdded']) {
  const onTheWire = nameText(entry.name)
  const name = entry.plainName ?? onTheWire
  const text = isPlainName(entry, name) ? plainTextOf(entry.value) : null
  return { entry, name, text, added: isAdded(onTheWire, text ?? '') }
}

/** Its beginning, where it is longer than a name that is shown. */
const nameText = (name: string | Uint8Array): string =>
  typeof name === 'string' ? name : beginningOf(name, HEADER_NAME_MAX_CHARS)

/** As text: all of it, or, of many megabytes, not much more than the first `chars`. */
const beginningOf = (bytes: Uint8Array, chars: number): string =>
  asBuffer(bytes.subarray(0, chars * BYTES_PER_CHAR + CUT_MARGIN_BYTES)).toString('utf8')

const isPlainName = ({ name }: WireEntry, plain: string): boolean =>
  plain.length <= HEADER_NAME_MAX_CHARS && plain !== '__proto__' && (typeof name === 'string' || isUtf8(name))

/** The value as one whole short text; null where it is anything else. */
function plainTextOf(value: WireValue): string | null {
  if (value.type !== STRING) return null
  if ('text' in value) return value.text.length <= HEADER_VALUE_MAX_CHARS ? value.text : null
  if (!('bytes' in value) || value.bytes.length > HEADER_VALUE_MAX_CHARS * BYTES_PER_CHAR) return null
  if (!isUtf8(value.bytes)) return null
  const text = asBuffer(value.bytes).toString('utf8')
  return text.length <= HEADER_VALUE_MAX_CHARS ? text : null
}

/** Fields in the order in which they are added, up to the limits of an event; those beyond are counted. */
class FieldRows {
  readonly fields: MetadataField[] = []
  omitted: number
  #chars = 0

  /** `omitted`: how many were not even read. */
  constructor(omitted: number) {
    this.omitted = omitted
  }

  add(place: MetadataField['in'], entry: WireEntry, path: ReadonlyArray<string | number> = []): void {
    const { value } = entry
    this.#push({
      in: place,
      ...named(entry.name),
      ...(path.length === 0 ? {} : { path: [...path] }),
      ...shown(value),
    })
    if ('items' in value) {
      for (const [index, item] of value.items.entries()) {
        this.add(place, { name: entry.name, value: item }, [...path, index])
      }
    } else if ('entries' in value) {
      for (const { name, value: inner } of value.entries) {
        const step = cutText(nameText(name), HEADER_NAME_MAX_CHARS)
        this.add(place, { name: entry.name, value: inner }, [...path, step])
      }
    }
  }

  #push(field: MetadataField): void {
    const chars = fieldsChars([field])
    if (this.fields.length >= FIELDS_MAX || this.#chars + chars > FIELDS_MAX_CHARS) {
      this.omitted += 1
      return
    }
    this.#chars += chars
    this.fields.push(field)
  }
}

function named(name: string | Uint8Array): Pick<MetadataField, 'name' | 'nameBytes' | 'omittedNameBytes'> {
  if (typeof name !== 'string' && !isUtf8(name)) {
    const kept = name.subarray(0, HEADER_NAME_MAX_CHARS)
    const omitted = name.length - kept.length
    const text = cutText(nameText(name), HEADER_NAME_MAX_CHARS)
    return {
      ...{ name: text, nameBytes: asBuffer(kept).toString('base64') },
      ...(omitted === 0 ? {} : { omittedNameBytes: omitted }),
    }
  }
  const max = HEADER_NAME_MAX_CHARS
  const { text, omittedBytes } = typeof name === 'string' ? cutCounted(name, max) : cutBytes(name, max)
  return { name: text, ...(omittedBytes === 0 ? {} : { omittedNameBytes: omittedBytes }) }
}

function shown(value: WireValue): Omit<MetadataField, 'in' | 'name'> {
  const { type } = value
  if ('text' in value) {
    const { text, time } = value
    return { type, ...cut(text), ...(time === undefined ? {} : { time }) }
  }
  if ('bytes' in value) {
    const { bytes } = value
    if (type === STRING && isUtf8(bytes)) {
      const { text, omittedBytes } = cutBytes(bytes, HEADER_VALUE_MAX_CHARS)
      return { type, ...(omittedBytes === 0 ? { text } : { text, omittedBytes }) }
    }
    const kept = bytes.subarray(0, HEADER_VALUE_MAX_CHARS)
    const omittedBytes = bytes.length - kept.length
    return { type, bytes: asBuffer(kept).toString('base64'), ...(omittedBytes === 0 ? {} : { omittedBytes }) }
  }
  if ('items' in value) return { type, items: value.items.length }
  if ('entries' in value) return { type, items: value.entries.length }
  return { type }
}

function cut(whole: string): Pick<MetadataField, 'text' | 'omittedBytes'> {
  const { text, omittedBytes } = cutCounted(whole, HEADER_VALUE_MAX_CHARS)
  return omittedBytes === 0 ? { text } : { text, omittedBytes }
}

/** As `cutCounted`, of valid UTF-8. */
function cutBytes(bytes: Uint8Array, max: number): ReturnType<typeof cutCounted> {
  const beginning = beginningOf(bytes, max)
  const text = cutText(beginning, max)
  if (text === beginning) return { text, omittedBytes: 0 }
  return { text, omittedBytes: bytes.length - Buffer.byteLength(text) }
}
