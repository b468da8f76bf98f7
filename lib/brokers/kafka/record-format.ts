/**
 * Records of Kafka's batches (kafka.apache.org/documentation/#record), encoded and decoded in kafkajs's stead (see
 * `kafkajs-patches.ts`).
 */

/** What a producer passes to kafkajs's encoder for each record. */
export interface RecordToEncode {
  offsetDelta?: number
  /** Milliseconds since the batch's first timestamp. */
  timestampDelta?: number
  key?: unknown
  value?: unknown
  headers?: Record<string, unknown>
}

/** Kafka's variable-length integers: seven bits a byte, the lowest first, signs folded in (zigzag). */
const GROUP_BITS = 7
const GROUP_MASK = 0x7f
const MORE = 0x80
/** Beyond this a zigzag integer does not fit JavaScript's 32-bit arithmetic. */
const VARINT_MAX = 2 ** 30
const NULL = -1
/** How many encoded names of headers, which repeat from record to record, are kept. */
const NAMES_MAX = 256
const names = new Map<string, Buffer>()

/**
 * Encodes one record of a batch in one buffer of exactly its size. Undefined for
 * what the common case does not cover, which kafkajs's own encoder encodes.
 */
export function encodeRecord(record: RecordToEncode): Buffer | undefined {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = {} } = record
  if (!isSmall(offsetDelta) || !isSmall(timestampDelta) || !isBody(key) || !isBody(value)) return undefined
  const keyBytes = lengthOf(key)
  const valueBytes = lengthOf(value)
  let size =
    1 + sizeOfVarint(timestampDelta) + sizeOfVarint(offsetDelta) + framed(keyBytes) + framed(valueBytes)
  let count = 0
  for (const name in headers) {
    const header = headers[name]
    if (!isBody(header)) return undefined
    size += nameOf(name).length + framed(lengthOf(header))
    count += 1
  }
  size += sizeOfVarint(count)

  const bytes = Buffer.allocUnsafe(sizeOfVarint(size) + size)
  let at = writeVarint(bytes, 0, size)
  bytes[at++] = 0
  at = writeVarint(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, offsetDelta)
  at = writeBody(bytes, at, key, keyBytes)
  at = writeBody(bytes, at, value, valueBytes)
  at = writeVarint(bytes, at, count)
  for (const name in headers) {
    const header = headers[name]
    const known = nameOf(name)
    bytes.set(known, at)
    at += known.length
    if (isBody(header)) at = writeBody(bytes, at, header, lengthOf(header))
  }
  return bytes
}

/** What Kafka puts before the records of a batch. */
export const BATCH_HEAD_BYTES = 61
/** The lengths and deltas of a record at their longest: of itself, its timestamp, its offset, and the number of its headers. */
const RECORD_HEAD_MAX_BYTES = 1 + 4 + 5 + 3 + 3

/** How many bytes a record takes in a batch, at most: exactly, but for what depends on its place in it. */
export function recordBytes({ key, value, headers = {} }: RecordToEncode): number {
  let size = RECORD_HEAD_MAX_BYTES + bodyBytes(key) + bodyBytes(value)
  for (const name in headers) size += nameOf(name).length + bodyBytes(headers[name])
  return size
}

const bodyBytes = (body: unknown): number => framed(isBody(body) ? lengthOf(body) : NULL)

type Body = Buffer | string | null | undefined

const isBody = (value: unknown): value is Body =>
  value === null || value === undefined || typeof value === 'string' || Buffer.isBuffer(value)

const isSmall = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < VARINT_MAX

const lengthOf = (body: Body): number => {
  if (body === null || body === undefined) return NULL
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

const framed = (length: number): number => sizeOfVarint(length) + Math.max(0, length)

function writeBody(into: Buffer, offset: number, body: Body, length: number): number {
  const at = writeVarint(into, offset, length)
  if (body === null || body === undefined) return at
  if (typeof body === 'string') into.write(body, at, length, 'utf8')
  else into.set(body, at)
  return at + length
}

/** The name of a header, with its length before it. */
function nameOf(name: string): Buffer {
  const known = names.get(name)
  if (known) return known
  const length = Buffer.byteLength(name)
  const bytes = Buffer.allocUnsafe(framed(length))
  writeBody(bytes, 0, name, length)
  if (names.size < NAMES_MAX) names.set(name, bytes)
  return bytes
}

const zigzag = (value: number): number => (value << 1) ^ (value >> 31)

function sizeOfVarint(value: number): number {
  let rest = zigzag(value) >>> GROUP_BITS
  let bytes = 1
  while (rest > 0) {
    bytes += 1
    rest >>>= GROUP_BITS
  }
  return bytes
}

/** Writes at `offset`, and returns the offset behind it. */
function writeVarint(into: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = zigzag(value) >>> 0
  while (rest > GROUP_MASK) {
    into[at++] = (rest & GROUP_MASK) | MORE
    rest >>>= GROUP_BITS
  }
  into[at++] = rest
  return at
}

/** The part of kafkajs's decoder that a record is read from. */
export interface RecordBytes {
  buffer: Buffer
  offset: number
}

/** What kafkajs knows of the batch that the record is in; numbers of 64 bits as text. */
export interface BatchContext {
  firstOffset?: string
  firstTimestamp?: string
  maxTimestamp?: string
  magicByte?: number
  isControlBatch?: boolean
  inTransaction?: boolean
  lastOffsetDelta?: number
  timestampType?: number
}

/** The value of `timestampType` where the broker sets a record's time. */
export const LOG_APPEND_TIME = 1

/**
 * Decodes one record of a batch, in place, as kafkajs passes it to its consumers. Bodies and header values are views of the
 * fetched bytes, not copies, as with kafkajs's own decoder. Throws a RangeError for a record that reaches beyond the bytes.
 */
export function decodeRecord(bytes: RecordBytes, batch: BatchContext = {}) {
  const attributes = bytes.buffer.readInt8(bytes.offset++)
  const timestampDelta = readVarlong(bytes)
  const offsetDelta = readVarint(bytes)
  const appendedAt = batch.timestampType === LOG_APPEND_TIME ? batch.maxTimestamp : undefined
  return {
    magicByte: batch.magicByte,
    attributes,
    timestamp: appendedAt || plus(batch.firstTimestamp, timestampDelta),
    offset: plus(batch.firstOffset, offsetDelta),
    key: readBody(bytes),
    value: readBody(bytes),
    /** Where its headers begin: `readHeaderList` reads them as they came, in order. */
    headerBytes: { buffer: bytes.buffer, offset: bytes.offset },
    headers: readHeaders(bytes),
    isControlRecord: batch.isControlBatch ?? false,
    batchContext: batch,
  }
}

type HeaderValue = Buffer | null
type Headers = Record<string, HeaderValue | HeaderValue[]>

function readHeaders(bytes: RecordBytes): Headers {
  const headers: Headers = {}
  const count = readVarint(bytes)
  if (count < 0 || count > bytes.buffer.length - bytes.offset)
    throw new RangeError('a record has too many headers')
  for (let index = 0; index < count; index += 1) {
    const name = readName(bytes)
    const value = readBody(bytes)
    const before = headers[name]
    // The values of a name that occurs several times are a list, as in kafkajs.
    if (before === undefined) put(headers, name, value)
    else if (Array.isArray(before)) before.push(value)
    else put(headers, name, [before, value])
  }
  return headers
}

/** All headers in the order in which they were written; null values stay null. */
export function readHeaderList(at: RecordBytes): Array<[name: string, value: Buffer | null]> {
  const bytes = { ...at }
  const headers: Array<[string, Buffer | null]> = []
  for (let left = readVarint(bytes); left > 0; left -= 1) headers.push([readName(bytes), readBody(bytes)])
  return headers
}

/** Defines a header that another program named `__proto__` as a property, so that it does not become the prototype. */
function put(headers: Headers, name: string, value: HeaderValue | HeaderValue[]): void {
  if (name === '__proto__') {
    Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
  } else headers[name] = value
}

function readName(bytes: RecordBytes): string {
  const length = readVarint(bytes)
  if (length === -1) return 'null'
  const from = skip(bytes, length)
  return bytes.buffer.toString('utf8', from, bytes.offset)
}

function readBody(bytes: RecordBytes): HeaderValue {
  const length = readVarint(bytes)
  if (length === -1) return null
  const from = skip(bytes, length)
  return bytes.buffer.subarray(from, bytes.offset)
}

/** Returns the offset before the skipped bytes. */
function skip(bytes: RecordBytes, length: number): number {
  const from = bytes.offset
  bytes.offset = from + length
  if (length < 0 || bytes.offset > bytes.buffer.length)
    throw new RangeError('a record reaches beyond its batch')
  return from
}

export function readVarint(bytes: RecordBytes): number {
  const { buffer } = bytes
  let result = 0
  let shift = 0
  let byte = MORE
  while (byte >= MORE) {
    byte = buffer[bytes.offset++] ?? 0
    result |= (byte & GROUP_MASK) << shift
    shift += GROUP_BITS
  }
  return (result >>> 1) ^ -(result & 1)
}

/** A bigint only where a number would not be exact, which no delta of an ordinary producer needs. */
function readVarlong(bytes: RecordBytes): number | bigint {
  const { buffer, offset } = bytes
  const second = buffer[offset + 1] ?? 0
  const third = buffer[offset + 2] ?? 0
  const fourth = buffer[offset + 3] ?? 0
  const first = buffer[offset] ?? 0
  if (first < MORE || second < MORE || third < MORE || fourth < MORE) return readVarint(bytes)
  let result = 0n
  let shift = 0n
  let byte = MORE
  while (byte >= MORE && shift <= 63n) {
    byte = buffer[bytes.offset++] ?? 0
    result += BigInt(byte & GROUP_MASK) << shift
    shift += BigInt(GROUP_BITS)
  }
  return BigInt.asIntN(64, (result >> 1n) ^ -(result & 1n))
}

/** Adds as numbers where that is exact, which it is for real offsets and timestamps, else as 64-bit integers. */
function plus(base: string | undefined, delta: number | bigint): string {
  if (typeof delta === 'number') {
    const sum = Number(base ?? 0) + delta
    if (Number.isSafeInteger(sum)) return String(sum)
  }
  return String(BigInt(base ?? 0) + BigInt(delta))
}
