/**
 * Kafka's primitive types (kafka.apache.org/protocol), for the few bytes that kafkajs neither reads nor writes: the probe's
 * and those in which the members of a group agree.
 */
const MAX_VARINT_BITS = 35

/** Reads past the end throw a RangeError: the bytes come from other programs. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.skip(2))
  }

  readonly int32 = (): number => this.#bytes.readInt32BE(this.skip(4))

  /** Empty for null. */
  readonly string = (): string => this.#take(Math.max(0, this.int16())).toString('utf8')

  /** The length of what is compact; 0 for null. */
  compactLength(): number {
    return Math.max(0, this.#varint() - 1)
  }

  compactString(): string {
    return this.#take(this.compactLength()).toString('utf8')
  }

  /** Empty for null. */
  array<T>(read: () => T): T[] {
    return this.#several(this.int32(), read)
  }

  compactArray<T>(read: () => T): T[] {
    return this.#several(this.compactLength(), read)
  }

  /** Tagged fields, each with a reader of its own. */
  tags(): Array<{ id: number; reader: WireReader }> {
    return this.#several(this.#varint(), () => ({
      id: this.#varint(),
      reader: new WireReader(this.#take(this.#varint())),
    }))
  }

  /** Returns the offset before the skipped bytes. */
  skip(length: number): number {
    const from = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) throw new RangeError('it ends too early')
    return from
  }

  #several<T>(count: number, read: () => T): T[] {
    const items: T[] = []
    for (let left = count; left > 0; left--) items.push(read())
    return items
  }

  #take(length: number): Buffer {
    const from = this.skip(length)
    return this.#bytes.subarray(from, from + length)
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
      const byte = this.#bytes.readUInt8(this.skip(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new RangeError('it has an endless number')
  }
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const string = (value: string): Buffer =>
  Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])

/** Of fewer than 127 bytes. */
export const compactString = (value: string): Buffer =>
  Buffer.concat([Buffer.from([Buffer.byteLength(value) + 1]), Buffer.from(value)])

export const array = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
