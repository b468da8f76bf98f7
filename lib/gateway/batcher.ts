import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, FRAME_MS } from '#lib/protocol/limits.ts'
import { BATCH_MAX_CHARS, IMMEDIATE_MS_PER_FRAME } from './limits.ts'

/** Collects a room's events and hands them on in order, in batches. `close` drops its timers. */
export interface Batcher {
  push(event: RoomEvent): void
  /** Sends what has been collected now. */
  flush(): void
  /** Idempotent. What was not flushed is dropped: nobody is left to send it to. */
  close(): void
}

/**
 * An event waits for the end of the current tick only, so that what one network read brings travels together. When
 * sending has used its share of the frame (a burst, or many sockets), the rest waits for the frame's end. The share is
 * measured in time, because what a batch costs depends on its size and on how many sockets take it.
 */
export function createBatcher(send: (events: RoomEvent[]) => void): Batcher {
  let pending: RoomEvent[] = []
  let chars = 0
  let frameStart = Number.NEGATIVE_INFINITY
  let spentMs = 0
  let cancel: (() => void) | undefined
  let closed = false

  const flush = () => {
    cancel?.()
    cancel = undefined
    if (pending.length === 0) return
    const events = pending
    pending = []
    chars = 0
    const before = performance.now()
    if (before - frameStart >= FRAME_MS) {
      frameStart = before
      spentMs = 0
    }
    send(events)
    spentMs += performance.now() - before
  }

  const schedule = () => {
    const intoFrame = performance.now() - frameStart
    if (intoFrame >= FRAME_MS || spentMs < IMMEDIATE_MS_PER_FRAME) {
      const handle = setImmediate(flush)
      cancel = () => clearImmediate(handle)
      return
    }
    const handle = setTimeout(flush, FRAME_MS - intoFrame)
    cancel = () => clearTimeout(handle)
  }

  return {
    push: (event) => {
      if (closed) return
      pending.push(event)
      chars += charsOf(event)
      if (pending.length >= BATCH_MAX_EVENTS || chars >= BATCH_MAX_CHARS) flush()
      else if (cancel === undefined) schedule()
    },
    flush,
    close: () => {
      closed = true
      cancel?.()
      cancel = undefined
      pending = []
    },
  }
}

/** The part of an event whose size its sender chooses. */
export function charsOf(event: RoomEvent): number {
  if (!('text' in event) || event.text === undefined) return 0
  return event.text.length + ('bytes' in event && event.bytes !== undefined ? event.bytes.length : 0)
}

/** As much of the beginning of `events` as one packet should hold: at least one. */
export function onePacket(events: RoomEvent[]): RoomEvent[] {
  let chars = 0
  const end = events.findIndex((event) => {
    chars += charsOf(event)
    return chars > BATCH_MAX_CHARS
  })
  return end === -1 ? events : events.slice(0, Math.max(1, end))
}
