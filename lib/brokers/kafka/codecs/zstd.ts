import { Decompress } from 'fzstd'
import { BoundedOutput, Malformed, TooLarge } from './bounded-output.ts'

const CODEC = 'zstd'
const MAGIC = 0xfd2fb528
/** Frames of any other program's data, whose lowest four bits are free. */
const SKIPPABLE = 0x184d2a50
const IS_SINGLE_SEGMENT = 0x20
const HAS_CHECKSUM = 0x04
/** By the two highest bits of a frame's descriptor: how many bytes tell the content's size. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8]
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]
/** A size of two bytes begins where one byte ends. */
const TWO_BYTES_BEGIN_AT = 256
const REPEATED_BYTE = 1

/**
 * Zstandard (RFC 8878). Throws Malformed, or TooLarge before more than `maxBytes` are taken. The decoder takes at once the
 * window that a frame asks for, which may be far larger than its content; no window needs more than the bound.
 */
export function unzstd(bytes: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(CODEC, maxBytes)
  // A block, 128 KiB at most, comes at a time.
  const decoder = new Decompress((block) => output.append(block))
  try {
    decoder.push(withBoundedWindows(bytes, maxBytes), true)
  } catch (error) {
    throw error instanceof TooLarge ? error : new Malformed(CODEC)
  }
  return output.take()
}

function withBoundedWindows(bytes: Buffer, maxBytes: number): Buffer {
  const bounded = Buffer.from(bytes)
  let at = 0
  while (at < bounded.length) {
    const magic = bounded.readUInt32LE(at)
    if (magic === MAGIC) at = boundWindow(bounded, at, maxBytes)
    else if ((magic & 0xffff_fff0) === SKIPPABLE) at += 8 + bounded.readUInt32LE(at + 4)
    else throw new Malformed(CODEC)
  }
  return bounded
}

/** Lowers the window of the frame at `from` to the bound, and returns where the next frame begins. Throws a RangeError past the end. */
function boundWindow(bytes: Buffer, from: number, maxBytes: number): number {
  const descriptor = bytes.readUInt8(from + 4)
  const isSingleSegment = (descriptor & IS_SINGLE_SEGMENT) !== 0
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >>> 6] || (isSingleSegment ? 1 : 0)
  let at = from + 5
  if (!isSingleSegment) {
    bytes.writeUInt8(Math.min(bytes.readUInt8(at), windowDescriptor(maxBytes)), at)
    at += 1
  }
  at += DICTIONARY_ID_BYTES[descriptor & 3] ?? 0
  if (sizeBytes > 0 && contentSize(bytes, at, sizeBytes) > maxBytes) throw new TooLarge(maxBytes)
  at += sizeBytes
  for (let isLast = false; !isLast; ) {
    const header = bytes.readUIntLE(at, 3)
    isLast = (header & 1) === 1
    at += 3 + (((header >>> 1) & 3) === REPEATED_BYTE ? 1 : header >>> 3)
  }
  return at + (descriptor & HAS_CHECKSUM ? 4 : 0)
}

/** The smallest window of a power of two that is no smaller than the bound. */
const windowDescriptor = (maxBytes: number): number => Math.max(0, Math.ceil(Math.log2(maxBytes)) - 10) << 3

function contentSize(bytes: Buffer, at: number, count: number): number {
  if (count === 8) return Number(bytes.readBigUInt64LE(at))
  return bytes.readUIntLE(at, count) + (count === 2 ? TWO_BYTES_BEGIN_AT : 0)
}
