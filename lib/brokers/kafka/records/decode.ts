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
  timestampType?: number
}

type HeaderValue = Buffer | null

/** A record as kafkajs passes it to its consumers. */
export interface DecodedRecord {
  magicByte: number | undefined
  attributes: number
  timestamp: string
  offset: string
  key: HeaderValue
  value: HeaderValue
  headers: Record<string, HeaderValue | HeaderValue[]>
  isControlRecord: boolean
  batchContext: BatchContext
}

const LOG_APPEND_TIME = 1
const GROUP_BITS = 7n

/**
 * Decodes one record of a batch (kafka.apache.org/documentation/#record), decoded in place. Bodies and header values are views
 * of the fetched bytes, not copies, as with kafkajs's own decoder.
 */
export function decodeRecord(bytes: RecordBytes, batchContext: BatchContext = {}): DecodedRecord {
  const {
    firstOffset,
    firstTimestamp,
    magicByte,
    isControlBatch = false,
    timestampType,
    maxTimestamp,
  } = batchContext
  const attributes = bytes.buffer.readInt8(bytes.offset++)
  const timestampDelta = readVarlong(bytes)
  const offsetDelta = readVarint(bytes)
  return {
    magicByte,
    attributes,
    timestamp:
      timestampType === LOG_APPEND_TIME && maxTimestamp ? maxTimestamp : plus(firstTimestamp, timestampDelta),
    offset: plus(firstOffset, offsetDelta),
    key: readBody(bytes),
    value: readBody(bytes),
    headers: readHeaders(bytes),
    isControlRecord: isControlBatch,
    batchContext,
  }
}

function readHeaders(bytes: RecordBytes): DecodedRecord['headers'] {
  const headers: DecodedRecord['headers'] = {}
  const count = readVarint(bytes)
  for (let index = 0; index < count; index += 1) {
    const name = readName(bytes)
    const value = readBody(bytes)
    const before = headers[name]
    // The values of a name that occurs several times are a list, as in kafkajs.
    if (before === undefined) put(headers, name, value)
    else put(headers, name, Array.isArray(before) ? [...before, value] : [before, value])
  }
  return headers
}

/** Defines a header that another program named `__proto__` as a property, so that it does not become the prototype. */
function put(headers: DecodedRecord['headers'], name: string, value: HeaderValue | HeaderValue[]): void {
  if (name === '__proto__') {
    Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
  } else headers[name] = value
}

function readName(bytes: RecordBytes): string {
  const length = readVarint(bytes)
  if (length === -1) return 'null'
  const { buffer, offset } = bytes
  bytes.offset = offset + length
  return buffer.toString('utf8', offset, offset + length)
}

function readBody(bytes: RecordBytes): HeaderValue {
  const length = readVarint(bytes)
  if (length === -1) return null
  const { offset } = bytes
  bytes.offset = offset + length
  return bytes.buffer.subarray(offset, offset + length)
}

function readVarint(bytes: RecordBytes): number {
  const { buffer } = bytes
  let result = 0
  let shift = 0
  let byte = 0x80
  while (byte >= 0x80) {
    byte = buffer[bytes.offset++] ?? 0
    result |= (byte & 0x7f) << shift
    shift += 7
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
  if (first < 0x80 || second < 0x80 || third < 0x80 || fourth < 0x80) return readVarint(bytes)
  let result = 0n
  let shift = 0n
  let byte = 0x80
  while (byte >= 0x80 && shift <= 63n) {
    byte = buffer[bytes.offset++] ?? 0
    result += BigInt(byte & 0x7f) << shift
    shift += GROUP_BITS
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
