import { once } from '#lib/util/once.ts'

/** A caller that takes nothing for so long is cut off: it would keep its room awake, and its connection open, for ever. */
const STALLED_AFTER_MS = 60_000

export interface OnDemand {
  /** The next part of the body; undefined at its end. Called when the caller has taken the part before. */
  nextChunk(): Promise<string | undefined>
  /** Called once: at the end, when the caller leaves, or when it takes nothing any more. */
  onEnd(): void
}

/**
 * A response's body that is made as its caller takes it: nothing is read ahead, so a caller that never reads costs one
 * part at most.
 */
export function bodyOnDemand({ nextChunk, onEnd }: OnDemand): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let stalled: NodeJS.Timeout | undefined
  let ended = false
  const end = once(() => {
    ended = true
    clearTimeout(stalled)
    onEnd()
  })
  const expectReader = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    stalled = setTimeout(() => {
      end()
      controller.error(new DOMException('the caller takes nothing', 'AbortError'))
    }, STALLED_AFTER_MS)
    stalled.unref()
  }
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start: expectReader,
    pull: async (controller) => {
      clearTimeout(stalled)
      const chunk = await nextChunk().catch((error: unknown) => {
        end()
        throw error
      })
      if (ended) return
      if (chunk !== undefined) {
        controller.enqueue(encoder.encode(chunk))
        return expectReader(controller)
      }
      end()
      controller.close()
    },
    cancel: end,
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
