/** What was compressed is larger than the bound that it may be decompressed to. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'

  constructor(maxBytes: number) {
    super(`it is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB when decompressed`)
  }
}

/** What was compressed does not follow the rules of its codec. */
export class Malformed extends Error {
  override readonly name = 'Malformed'

  constructor(codec: string) {
    super(`it is not valid ${codec}`)
  }
}

const FIRST_BYTES = 64 * 1024

/**
 * Decompressed bytes, written from the front, with copies of what was written before. Grows as bytes come, and throws
 * TooLarge before it would take more memory than its bound.
 */
export class BoundedOutput {
  readonly #codec: string
  readonly #maxBytes: number
  #bytes: Buffer
  #length = 0

  constructor(codec: string, maxBytes: number) {
    this.#codec = codec
    this.#maxBytes = maxBytes
    this.#bytes = Buffer.allocUnsafe(Math.min(FIRST_BYTES, maxBytes))
  }

  get length(): number {
    return this.#length
  }

  /** Appends `source[from, to)`. Throws Malformed where the source is shorter. */
  append(source: Uint8Array, from = 0, to = source.length): void {
    if (to < from || to > source.length) throw new Malformed(this.#codec)
    this.#reserve(to - from)
    this.#bytes.set(source.subarray(from, to), this.#length)
    this.#length += to - from
  }

  /** Appends `length` bytes that were written `distance` bytes ago; a copy may overlap itself, and then repeats. */
  copy(distance: number, length: number): void {
    if (distance < 1 || distance > this.#length || length < 0) throw new Malformed(this.#codec)
    this.#reserve(length)
    const bytes = this.#bytes
    const from = this.#length - distance
    const end = this.#length + length
    // Twice as much with each round, until what repeats is there.
    for (let at = this.#length; at < end; ) {
      const step = Math.min(end - at, at - from)
      bytes.copyWithin(at, from, from + step)
      at += step
    }
    this.#length = end
  }

  /** All that was written: a view, not a copy. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed > this.#maxBytes) throw new TooLarge(this.#maxBytes)
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.take())
    this.#bytes = larger
  }
}
