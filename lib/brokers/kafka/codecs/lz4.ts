import { BoundedOutput, Malformed } from './bounded-output.ts'

/**
 * LZ4 frames (github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Their own checksums are not compared: Kafka's checksum of
 * the batch covers the same bytes.
 */
const CODEC = 'lz4'
const MAGIC = 0x184d2204
const HAS_BLOCK_CHECKSUM = 0x10
const HAS_CONTENT_SIZE = 0x08
const HAS_CONTENT_CHECKSUM = 0x04
const HAS_DICTIONARY = 0x01
const CHECKSUM_BYTES = 4
/** The highest bit of a block's length: the block is not compressed. */
const STORED = 0x8000_0000

/** A length of 15 goes on in further bytes. */
const LONG = 15
const MORE = 255
const MATCH_MIN = 4

/** Throws Malformed, or TooLarge before more than `maxBytes` are taken. */
export function unlz4(bytes: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(CODEC, maxBytes)
  let at = 0
  while (at < bytes.length) at = readFrame(bytes, at, output)
  return output.take()
}

/** Returns where the next frame begins. */
function readFrame(bytes: Buffer, from: number, output: BoundedOutput): number {
  if (uint32(bytes, from) !== MAGIC) throw new Malformed(CODEC)
  const flags = byteAt(bytes, from + 4)
  if (flags & HAS_DICTIONARY) throw new Malformed(CODEC)
  // After the flags: one byte on block sizes, the content's size where there is one, and one byte of checksum.
  let at = from + 6 + (flags & HAS_CONTENT_SIZE ? 8 : 0) + 1
  for (;;) {
    const header = uint32(bytes, at)
    at += 4
    if (header === 0) return at + (flags & HAS_CONTENT_CHECKSUM ? CHECKSUM_BYTES : 0)
    const isStored = header >= STORED
    const end = at + (isStored ? header - STORED : header)
    if (end > bytes.length) throw new Malformed(CODEC)
    if (isStored) output.append(bytes, at, end)
    else readBlock(bytes.subarray(at, end), output)
    at = end + (flags & HAS_BLOCK_CHECKSUM ? CHECKSUM_BYTES : 0)
  }
}

/** A block is a sequence of literals, each followed by a copy of what came before; the last has none. */
function readBlock(bytes: Buffer, output: BoundedOutput): void {
  for (let at = 0; at < bytes.length; ) {
    const token = byteAt(bytes, at)
    const literal = readLength(bytes, at + 1, token >>> 4)
    output.append(bytes, literal.next, literal.next + literal.length)
    at = literal.next + literal.length
    if (at === bytes.length) return
    if (at + 2 > bytes.length) throw new Malformed(CODEC)
    const match = readLength(bytes, at + 2, token & LONG)
    output.copy(bytes.readUInt16LE(at), match.length + MATCH_MIN)
    at = match.next
  }
}

function readLength(bytes: Buffer, from: number, short: number): { length: number; next: number } {
  if (short < LONG) return { length: short, next: from }
  let length = short
  for (let at = from; ; at += 1) {
    const byte = byteAt(bytes, at)
    length += byte
    if (byte < MORE) return { length, next: at + 1 }
  }
}

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new Malformed(CODEC)
  return bytes.readUInt32LE(at)
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new Malformed(CODEC)
  return byte
}
