import { FRAME_MS } from '#lib/protocol/limits.ts'

/** Says when the screen may be drawn next. */
export interface Frames {
  /** Runs `work` once, at the next frame. Returns what takes the request back. */
  request(work: () => void): () => void
}

/** A hidden tab gets no animation frames; it is told this often instead, so that nothing piles up in it. */
const HIDDEN_MS = 250

/**
 * The browser's animation frames, with a timer beside each: whichever comes first. The tab may be hidden between
 * asking for a frame and getting it. Where there are no animation frames at all, a timer of a frame's length.
 */
export function createFrames(): Frames {
  if (typeof requestAnimationFrame !== 'function') {
    return {
      request: (work) => {
        const timer = setTimeout(work, FRAME_MS)
        return () => clearTimeout(timer)
      },
    }
  }
  return {
    request: (work) => {
      const cancel = (): void => {
        cancelAnimationFrame(frame)
        clearTimeout(timer)
      }
      const run = (): void => {
        cancel()
        work()
      }
      const frame = requestAnimationFrame(run)
      const timer = setTimeout(run, HIDDEN_MS)
      return cancel
    },
  }
}
