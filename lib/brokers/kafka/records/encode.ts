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
/** Encoded names of headers, which repeat from record to record; so many are kept. */
const NAMES_MAX = 256
const names = new Map<string, Buffer>()

/**
 * Encodes one record of a batch (kafka.apache.org/documentation/#record) in one buffer of exactly its size. Undefined for
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
