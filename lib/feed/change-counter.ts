import { FRAME_MS } from '#lib/protocol/limits.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'

/** Schedules work for the moment when the screen may be drawn next. */
export interface Frames {
  /** Runs `work` once, at the next frame. Returns what cancels the request. */
  request(work: () => void): () => void
}

/** A hidden tab gets no animation frames: work runs this often instead, so that nothing piles up. */
const HIDDEN_MS = 250

/**
 * The browser's animation frames, with a timer beside each, whichever comes first: the tab may be hidden between asking
 * for a frame and getting it. Where there are no animation frames at all, a timer of a frame's length.
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

/** One counter for every change of a feed. */
export interface ChangeCounter {
  readonly version: number
  /** Something changed: at the next frame the counter rises once and listeners are called once. */
  touch(): void
  subscribe(listener: () => void): Unsubscribe
  /** No listener is called after this. */
  close(): void
}

/** `settle` runs at each frame before the counter rises, for work that is needed at most once a frame. */
export function createChangeCounter(frames: Frames, settle: () => void): ChangeCounter {
  const listeners = createSignal<void>()
  let version = 0
  let cancel: (() => void) | undefined
  let closed = false
  const run = (): void => {
    settle()
    cancel = undefined
    version += 1
    listeners.emit()
  }
  return {
    get version() {
      return version
    },
    touch: () => {
      if (!closed) cancel ??= frames.request(run)
    },
    subscribe: listeners.on,
    close: () => {
      closed = true
      cancel?.()
      listeners.clear()
    },
  }
}
