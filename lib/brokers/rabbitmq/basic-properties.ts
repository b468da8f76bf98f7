import { STRING, type WireEntry, type WireValue } from '../kit/metadata.ts'
import {
  CONTENT_HEAD_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_HEADER_TYPE,
  type FrameReader,
  frameReaderOf,
  payloadEnd,
} from './frame-reader.ts'

/**
 * The basic properties of a delivery, read from the bytes of its content header (AMQP 0-9-1, 4.2.6; field types as in
 * rabbitmq.com/amqp-0-9-1-errata#section_3). The client library reads them too, but 64-bit integers only as far as a number is
 * exact, and without their types.
 */
export interface BasicProperties {
  readonly properties: readonly WireEntry[]
  readonly headers: readonly WireEntry[]
}

/** In the order of their flags, the highest bit first. */
const PROPERTIES = [
  ['content_type', 'shortstr'],
  ['content_encoding', 'shortstr'],
  ['headers', 'table'],
  ['delivery_mode', 'octet'],
  ['priority', 'octet'],
  ['correlation_id', 'shortstr'],
  ['reply_to', 'shortstr'],
  ['expiration', 'shortstr'],
  ['message_id', 'shortstr'],
  ['timestamp', 'timestamp'],
  ['type', 'shortstr'],
  ['user_id', 'shortstr'],
  ['app_id', 'shortstr'],
  ['cluster_id', 'shortstr'],
] as const
const FIRST_FLAG = 0x8000

/** Deeper than any program nests its headers; what lies deeper is shown as bytes. */
const DEPTH_MAX = 16
const MS_PER_S = 1_000
/** The latest time that a date can hold, in milliseconds. */
const TIME_MAX_MS = 8.64e15

const FRAME = Symbol('frame')
type Marked = { [FRAME]?: Buffer }

/** Has a connection keep the bytes of the properties of what is delivered on it. Without effect on a client library that reads otherwise. */
export function keepRawProperties(model: unknown): void {
  const connection = frameReaderOf(model)
  if (connection === undefined) return
  const read = connection.recvFrame
  connection.recvFrame = function (this: FrameReader) {
    const before = this.rest
    const frame = read.call(this)
    if (before.length > FRAME_HEAD_BYTES && before[0] === FRAME_HEADER_TYPE) mark(frame, before)
    return frame
  }
}

/**
 * Keeps the frame's bytes with its fields. `read` begins with the frame. If the frame was not complete there, the library has
 * called itself with the next bytes, and that inner call has marked it.
 */
function mark(frame: unknown, read: Buffer): void {
  if (typeof frame !== 'object' || frame === null || !('fields' in frame) || !('size' in frame)) return
  const { fields } = frame
  if (typeof fields !== 'object' || fields === null || FRAME in fields) return
  const marked: Marked = fields
  if (payloadEnd(read) < read.length) marked[FRAME] = read
}

/** What was received from the frame on that these properties were read from, while it is kept. */
export const receivedFrameOf = (properties: unknown): Buffer | undefined =>
  typeof properties === 'object' && properties !== null ? (properties as Marked)[FRAME] : undefined

/** The bytes of the properties in their frame, for `readBasicProperties`. */
export const propertyBytes = (raw: Buffer): Buffer =>
  raw.subarray(FRAME_HEAD_BYTES + CONTENT_HEAD_BYTES, payloadEnd(raw))

/** Lets go of the bytes, which are a part of what was received together. */
export function forgetFrame(properties: unknown): void {
  if (typeof properties === 'object' && properties !== null) (properties as Marked)[FRAME] = undefined
}

/** Throws RangeError for bytes that are no properties. */
export function readBasicProperties(raw: Buffer): BasicProperties {
  const bytes = new FieldReader(raw)
  const flags = bytes.uint16()
  const properties: WireEntry[] = []
  let headers: readonly WireEntry[] = []
  for (const [index, [name, kind]] of PROPERTIES.entries()) {
    if ((flags & (FIRST_FLAG >> index)) === 0) continue
    if (kind === 'table') headers = bytes.table(0)
    else if (kind === 'octet')
      properties.push({ name, value: { type: 'uint8', text: String(bytes.uint8()) } })
    else if (kind === 'timestamp') properties.push({ name, value: bytes.timestamp() })
    else properties.push({ name, value: { type: STRING, bytes: bytes.shortString() } })
  }
  return { properties, headers }
}

/** Reads one after another; what ends too early throws RangeError. */
class FieldReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#skip(1))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2))
  }

  shortString(): Buffer {
    return this.#take(this.uint8())
  }

  timestamp(): WireValue {
    const seconds = this.#bytes.readBigUInt64BE(this.#skip(8))
    const time = Number(seconds) * MS_PER_S
    return { type: 'timestamp', text: String(seconds), ...(time <= TIME_MAX_MS ? { time } : {}) }
  }

  table(depth: number): WireEntry[] {
    const inner = new FieldReader(this.#take(this.#length()))
    const entries: WireEntry[] = []
    while (!inner.#isAtEnd) {
      const name = inner.shortString()
      entries.push({ name, value: inner.#value(depth) })
    }
    return entries
  }

  get #isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  #list(depth: number): WireValue[] {
    const inner = new FieldReader(this.#take(this.#length()))
    const items: WireValue[] = []
    while (!inner.#isAtEnd) items.push(inner.#value(depth))
    return items
  }

  #length(): number {
    return this.#bytes.readUInt32BE(this.#skip(4))
  }

  #value(depth: number): WireValue {
    const tag = String.fromCharCode(this.uint8())
    const bytes = this.#bytes
    if (tag === 'F' || tag === 'A') {
      if (depth >= DEPTH_MAX)
        return {
          type: tag === 'F' ? 'table, too deep' : 'array, too deep',
          bytes: this.#take(this.#length()),
        }
      return tag === 'F'
        ? { type: 'table', entries: this.table(depth + 1) }
        : { type: 'array', items: this.#list(depth + 1) }
    }
    if (tag === 'S') return { type: STRING, bytes: this.#take(this.#length()) }
    if (tag === 'x') return { type: 'bytes', bytes: this.#take(this.#length()) }
    if (tag === 'T') return this.timestamp()
    if (tag === 'V') return { type: 'null' }
    if (tag === 't') return { type: 'bool', text: String(this.uint8() !== 0) }
    if (tag === 'D') return this.#decimal()
    const number = NUMBERS[tag]
    if (number === undefined) throw new RangeError(`it has a field of an unknown type "${tag}"`)
    return { type: number.type, text: digitsOf(number.read(bytes, this.#skip(number.size))) }
  }

  /** A whole number, of whose digits the last `places` stand behind the point. */
  #decimal(): WireValue {
    const places = this.uint8()
    const digits = String(this.#bytes.readUInt32BE(this.#skip(4)))
    if (places === 0) return { type: 'decimal', text: digits }
    const padded = digits.padStart(places + 1, '0')
    return { type: 'decimal', text: `${padded.slice(0, -places)}.${padded.slice(-places)}` }
  }

  #skip(length: number): number {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('it ends too early')
    return from
  }

  #take(length: number): Buffer {
    const from = this.#skip(length)
    return this.#bytes.subarray(from, from + length)
  }
}

const digitsOf = (value: number | bigint): string => (Object.is(value, -0) ? '-0' : String(value))

interface NumberType {
  type: string
  size: number
  read(bytes: Buffer, at: number): number | bigint
}

const NUMBERS: Readonly<Record<string, NumberType>> = {
  b: { type: 'int8', size: 1, read: (bytes, at) => bytes.readInt8(at) },
  B: { type: 'uint8', size: 1, read: (bytes, at) => bytes.readUInt8(at) },
  s: { type: 'int16', size: 2, read: (bytes, at) => bytes.readInt16BE(at) },
  u: { type: 'uint16', size: 2, read: (bytes, at) => bytes.readUInt16BE(at) },
  I: { type: 'int32', size: 4, read: (bytes, at) => bytes.readInt32BE(at) },
  i: { type: 'uint32', size: 4, read: (bytes, at) => bytes.readUInt32BE(at) },
  l: { type: 'int64', size: 8, read: (bytes, at) => bytes.readBigInt64BE(at) },
  // Under this name kombu and Celery write it.
  L: { type: 'int64', size: 8, read: (bytes, at) => bytes.readBigInt64BE(at) },
  f: { type: 'float', size: 4, read: (bytes, at) => bytes.readFloatBE(at) },
  d: { type: 'double', size: 8, read: (bytes, at) => bytes.readDoubleBE(at) },
}
