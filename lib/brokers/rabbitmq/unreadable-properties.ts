import {
  CONTENT_HEAD_BYTES,
  FRAME_END_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_HEADER_TYPE,
  type FrameReader,
  frameReaderOf,
  payloadEnd,
} from './frame-reader.ts'

/**
 * The client library ends a whole connection over one message whose headers it cannot decode: the broker delivers it again,
 * and so on for ever. RabbitMQ takes and passes on a field type that the library does not know: `L`, which kombu and Celery
 * write for integers beyond 32 bits (rabbitmq.com/amqp-0-9-1-errata#section_3).
 */
const BASIC_CLASS = 60
const HAS_CONTENT_TYPE = 0x8000
const HAS_CONTENT_ENCODING = 0x4000
const HAS_HEADERS = 0x2000
/** Bytes of a value, by its type, where that decides it. */
const SIZES = new Map(
  Object.entries({ V: 0, t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, d: 8, T: 8 }),
)
/** Under either name RabbitMQ knows a signed integer of 64 bits. */
const LONG_BY_ANOTHER_NAME = 'L'
const LONG = 'l'.charCodeAt(0)

/**
 * Has a connection deliver messages whose headers the client library cannot decode: with all of them where only `L` is at
 * fault, else without any properties. Without effect on a client library that reads otherwise.
 */
export function deliverUnreadable(model: unknown): void {
  const connection = frameReaderOf(model)
  if (connection === undefined) return
  const read = connection.recvFrame
  connection.recvFrame = function (this: FrameReader) {
    const before = this.rest
    try {
      return read.call(this)
    } catch (error) {
      const isOfMessage = this.rest !== before && before[0] === FRAME_HEADER_TYPE
      if (!isOfMessage) throw error
      return readAgain(this, read, before)
    }
  }
}

/** `received` begins with the frame, which the reader has passed already. */
function readAgain(reader: FrameReader, read: () => unknown, received: Buffer): unknown {
  const frame = Buffer.from(received.subarray(0, payloadEnd(received) + FRAME_END_BYTES))
  const { rest } = reader
  try {
    renameLongs(frame)
    reader.rest = frame
    return read.call(reader)
  } catch {
    const size = Number(frame.readBigUInt64BE(FRAME_HEAD_BYTES + 4))
    return { id: BASIC_CLASS, channel: frame.readUInt16BE(1), size, fields: {} }
  } finally {
    reader.rest = rest
  }
}

/** Throws RangeError for a type that is not known, and for fields that end too early. */
function renameLongs(frame: Buffer): void {
  let at = FRAME_HEAD_BYTES + CONTENT_HEAD_BYTES
  const flags = frame.readUInt16BE(at)
  at += 2
  for (const flag of [HAS_CONTENT_TYPE, HAS_CONTENT_ENCODING]) {
    if (flags & flag) at += 1 + frame.readUInt8(at)
  }
  if (flags & HAS_HEADERS) renameInTable(frame, at)
}

/** Returns where the table ends. */
function renameInTable(bytes: Buffer, from: number): number {
  const end = from + 4 + bytes.readUInt32BE(from)
  for (let at = from + 4; at < end; ) at = renameInValue(bytes, at + 1 + bytes.readUInt8(at))
  return end
}

function renameInArray(bytes: Buffer, from: number): number {
  const end = from + 4 + bytes.readUInt32BE(from)
  for (let at = from + 4; at < end; ) at = renameInValue(bytes, at)
  return end
}

/** `at`: the value's type. Returns where the value ends. */
function renameInValue(bytes: Buffer, at: number): number {
  const type = String.fromCharCode(bytes.readUInt8(at))
  const from = at + 1
  if (type === 'S' || type === 'x') return from + 4 + bytes.readUInt32BE(from)
  if (type === 'F') return renameInTable(bytes, from)
  if (type === 'A') return renameInArray(bytes, from)
  if (type === LONG_BY_ANOTHER_NAME) {
    bytes.writeUInt8(LONG, at)
    return from + 8
  }
  const size = SIZES.get(type)
  if (size === undefined) throw new RangeError(`it has a field of an unknown type "${type}"`)
  return from + size
}
