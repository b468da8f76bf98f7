import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { Frames } from './frames.ts'

/** One counter behind which everything of a feed changes. */
export interface ChangeCounter {
  readonly version: number
  /** Something changed: at the next frame the counter rises once and listeners are told once. */
  touch(): void
  subscribe(listener: () => void): Unsubscribe
  /** No listener is told after this. */
  close(): void
}

/** `settle` runs at each frame, before the counter rises: the place for what needs no more than one look a frame. */
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
