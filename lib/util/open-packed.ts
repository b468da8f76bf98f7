/** So little is given to the decompressor at a time that what it makes of it, a thousand times as much at most, stays small. */
const STEP_BYTES = 256

/** Encodings that browsers and Node decompress. */
export type Packing = 'gzip' | 'deflate'

/** What was read of a packed body. */
export interface Opened {
  bytes: Uint8Array
  /** `limit`: there is more. `cut`: it ends too early, or is damaged behind what was read. */
  end: 'whole' | 'limit' | 'cut'
}

/** Decompresses at most `maxBytes`, and never much more than that in memory. For browser and server alike. Never rejects. */
export async function openPacked(
  packing: Packing,
  packed: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Opened> {
  let at = 0
  const steps = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= packed.length) {
        controller.close()
        return
      }
      controller.enqueue(packed.slice(at, at + STEP_BYTES))
      at += STEP_BYTES
    },
  })
  const reader = steps.pipeThrough(new DecompressionStream(packing)).getReader()
  const parts: Uint8Array[] = []
  let size = 0
  const opened = (end: Opened['end']): Opened => ({ bytes: joined(parts, Math.min(size, maxBytes)), end })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return opened('whole')
      parts.push(value)
      size += value.length
      if (size <= maxBytes) continue
      // How the rest ends is of no interest.
      reader.cancel().catch(() => undefined)
      return opened('limit')
    }
  } catch {
    // The decompressor throws a TypeError, in Node also an error of zlib: all of them mean that the bytes are not whole.
    return opened('cut')
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    const kept = part.subarray(0, size - at)
    bytes.set(kept, at)
    at += kept.length
  }
  return bytes
}
