import { randomBytes } from 'node:crypto'

/** Random for each process, so that nobody outside can compose two texts of one digest. */
const seeds = randomBytes(8)
const SEED_LOW = seeds.readInt32LE(0)
const SEED_HIGH = seeds.readInt32LE(4)
/** Odd numbers with well-spread bits: multiplying by one loses nothing. */
const FACTOR_LOW = 0x9e37_79b1
const FACTOR_HIGH = 0x5f35_6495
/** Brings high bits down again, which a multiplication only moves up. */
const FOLD_LOW = 15
const FOLD_HIGH = 13
const WORD_BYTES = 4
/** A digest has 53 bits, as many as a number holds exactly: 32 of one half and 21 of the other. */
const HIGH_MASK = 0x1f_ffff
const TWO_TO_32 = 2 ** 32

/**
 * A number by which this process tells bodies apart: equal bytes have equal digests, and two that differ have the same one
 * once in 2^53. It differs from process to process. Made for every delivery, at about a nanosecond a byte, which a
 * cryptographic hash would not do.
 */
export function digestOf(bytes: Uint8Array): number {
  const { length } = bytes
  let low = SEED_LOW
  let high = SEED_HIGH
  // Four bytes at a time; those beyond the end count as zeros, and the length, mixed in last, tells them from real ones.
  for (let at = 0; at < length; at += WORD_BYTES) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    low = Math.imul(low ^ word, FACTOR_LOW)
    low ^= low >>> FOLD_LOW
    high = Math.imul(high ^ word, FACTOR_HIGH)
    high ^= high >>> FOLD_HIGH
  }
  low = Math.imul(low ^ length, FACTOR_LOW)
  high = Math.imul(high ^ length, FACTOR_HIGH)
  low ^= low >>> FOLD_LOW
  high ^= high >>> FOLD_HIGH
  return (high & HIGH_MASK) * TWO_TO_32 + (low >>> 0)
}
