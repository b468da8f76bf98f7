import { ProbeError } from '../recipe.ts'

/** Reads Kafka's primitive types from one response; a read past its end means that it was no such response. */
export interface Reader {
  int16(): number
  int32(): number
  /** Length of a compact array; 0 for null. */
  compactCount(): number
  /** Empty for null. */
  compactString(): string
  skip(bytes: number): void
  skipTags(): void
  /** Tagged fields, each with a reader of its own. */
  tags(): Array<{ id: number; reader: Reader }>
}

export function createReader(bytes: Buffer): Reader {
  let at = 0
  const advance = (length: number): number => {
    const from = at
    at += length
    if (length < 0 || at > bytes.length) {
      throw new ProbeError('wrong-protocol', 'a Kafka answer that ends too early')
    }
    return from
  }
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes.readUInt8(advance(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProbeError('wrong-protocol', 'a Kafka answer with an endless number')
  }
  const tags = () => {
    const found: Array<{ id: number; reader: Reader }> = []
    for (let left = varint(); left > 0; left--) {
      const id = varint()
      const length = varint()
      const from = advance(length)
      found.push({ id, reader: createReader(bytes.subarray(from, from + length)) })
    }
    return found
  }
  return {
    int16: () => bytes.readInt16BE(advance(2)),
    int32: () => bytes.readInt32BE(advance(4)),
    compactCount: () => Math.max(0, varint() - 1),
    compactString: () => {
      const length = Math.max(0, varint() - 1)
      const from = advance(length)
      return bytes.subarray(from, from + length).toString('utf8')
    },
    skip: (length) => void advance(length),
    skipTags: () => void tags(),
    tags,
  }
}
