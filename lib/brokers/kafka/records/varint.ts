/** Kafka's variable-length integers: seven bits a byte, the lowest first, signs folded in (zigzag). */

/** Beyond this a zigzag integer does not fit JavaScript's 32-bit arithmetic. */
export const VARINT_MAX = 2 ** 30

const GROUP_BITS = 7
const GROUP_MASK = 0x7f
const MORE = 0x80

export const zigzag = (value: number): number => (value << 1) ^ (value >> 31)

export function sizeOfVarint(value: number): number {
  let rest = zigzag(value) >>> GROUP_BITS
  let bytes = 1
  while (rest > 0) {
    bytes += 1
    rest >>>= GROUP_BITS
  }
  return bytes
}

/** Writes at `offset`; the offset behind it. */
export function writeVarint(into: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = zigzag(value) >>> 0
  while (rest > GROUP_MASK) {
    into[at++] = (rest & GROUP_MASK) | MORE
    rest >>>= GROUP_BITS
  }
  into[at++] = rest
  return at
}
