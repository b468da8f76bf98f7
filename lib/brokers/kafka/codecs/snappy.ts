import { BoundedOutput, Malformed, TooLarge } from './bounded-output.ts'

/**
 * Snappy (github.com/google/snappy/blob/main/format_description.txt), as Kafka's producers write it: one raw block, or the
 * blocks of Java's SnappyOutputStream, each with its length before it.
 */
const CODEC = 'snappy'
/** The magic of SnappyOutputStream; two version numbers follow it. */
const STREAM_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const STREAM_HEADER_BYTES = STREAM_MAGIC.length + 8

const LITERAL = 0
const COPY_1 = 1
const COPY_2 = 2
/** Beyond this, a literal's length follows in one to four bytes. */
const SHORT_LITERAL_MAX = 60
const LENGTH_MAX_BITS = 32

/** Throws Malformed, or TooLarge before more than `maxBytes` are taken. */
export function unsnap(bytes: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(CODEC, maxBytes)
  if (!bytes.subarray(0, STREAM_MAGIC.length).equals(STREAM_MAGIC)) {
    readBlock(bytes, output, maxBytes)
    return output.take()
  }
  for (let at = STREAM_HEADER_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new Malformed(CODEC)
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) throw new Malformed(CODEC)
    readBlock(bytes.subarray(at + 4, end), output, maxBytes)
    at = end
  }
  return output.take()
}

function readBlock(bytes: Buffer, output: BoundedOutput, maxBytes: number): void {
  const { value: size, next } = readLength(bytes)
  const end = output.length + size
  if (end > maxBytes) throw new TooLarge(maxBytes)
  let at = next
  while (at < bytes.length) {
    const tag = byteAt(bytes, at)
    at += 1
    if ((tag & 3) === LITERAL) at = readLiteral(bytes, at, tag, output)
    else at = readCopy(bytes, at, tag, output)
    if (output.length > end) throw new Malformed(CODEC)
  }
  if (output.length !== end) throw new Malformed(CODEC)
}

function readLiteral(bytes: Buffer, at: number, tag: number, output: BoundedOutput): number {
  const short = tag >>> 2
  const lengthBytes = Math.max(0, short - SHORT_LITERAL_MAX + 1)
  const length = (lengthBytes === 0 ? short : littleEndian(bytes, at, lengthBytes)) + 1
  const from = at + lengthBytes
  output.append(bytes, from, from + length)
  return from + length
}

function readCopy(bytes: Buffer, at: number, tag: number, output: BoundedOutput): number {
  switch (tag & 3) {
    case COPY_1:
      output.copy(((tag >>> 5) << 8) | byteAt(bytes, at), ((tag >>> 2) & 7) + 4)
      return at + 1
    case COPY_2:
      output.copy(littleEndian(bytes, at, 2), (tag >>> 2) + 1)
      return at + 2
    default:
      output.copy(littleEndian(bytes, at, 4), (tag >>> 2) + 1)
      return at + 4
  }
}

/** The decompressed length of a block: seven bits a byte, the lowest first. */
function readLength(bytes: Buffer): { value: number; next: number } {
  let value = 0
  for (let at = 0, shift = 0; shift < LENGTH_MAX_BITS; at += 1, shift += 7) {
    const byte = byteAt(bytes, at)
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, next: at + 1 }
  }
  throw new Malformed(CODEC)
}

function littleEndian(bytes: Buffer, at: number, count: number): number {
  if (at + count > bytes.length) throw new Malformed(CODEC)
  return bytes.readUIntLE(at, count)
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new Malformed(CODEC)
  return byte
}
