import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, FRAME_MS } from '#lib/protocol/limits.ts'
import { BATCH_MAX_CHARS, IMMEDIATE_BATCHES_PER_FRAME, IMMEDIATE_MS_PER_FRAME } from './limits.ts'

/** Collects a room's events and hands them on in order, in batches. `close` drops its timers. */
export interface Batcher {
  push(event: RoomEvent): void
  /** Sends what has been collected now. */
  flush(): void
  /** Idempotent. What was not flushed is dropped: nobody is left to send it to. */
  close(): void
}

/**
 * An event waits only until the code that told it has run, so that what one network read brings travels together. When
 * sending has used its share of the frame (a burst, or many sockets), the rest waits for the frame's end, and as long as
 * the burst goes on there is one batch a frame. The share is measured in time, because what a batch costs depends on its size and on how many sockets take it.
 */
export function createBatcher(send: (events: RoomEvent[]) => void): Batcher {
  let pending: RoomEvent[] = []
  let chars = 0
  let frameStart = Number.NEGATIVE_INFINITY
  let spentMs = 0
  let batches = 0
  /** Waiting for the end of the running code, or for the frame's. */
  let waiting: { for: 'nothing' } | { for: 'code' } | { for: 'frame'; timer: NodeJS.Timeout } = {
    for: 'nothing',
  }
  let closed = false

  const flush = () => {
    if (waiting.for === 'frame') clearTimeout(waiting.timer)
    waiting = { for: 'nothing' }
    if (pending.length === 0) return
    const events = pending
    pending = []
    chars = 0
    const before = performance.now()
    if (before - frameStart >= FRAME_MS) {
      frameStart = before
      spentMs = 0
      batches = 0
    }
    batches += 1
    send(events)
    spentMs += performance.now() - before
  }

  const schedule = () => {
    const intoFrame = performance.now() - frameStart
    const isLone = batches < IMMEDIATE_BATCHES_PER_FRAME && spentMs < FRAME_MS / 2
    const hasShareLeft = isLone || spentMs < IMMEDIATE_MS_PER_FRAME
    if (intoFrame >= FRAME_MS || hasShareLeft) {
      waiting = { for: 'code' }
      queueMicrotask(flush)
    } else waiting = { for: 'frame', timer: setTimeout(endFrame, Math.ceil(FRAME_MS - intoFrame)) }
  }

  /** A burst is under way: it takes one batch a frame until a frame passes in quiet. */
  const endFrame = () => {
    flush()
    spentMs = IMMEDIATE_MS_PER_FRAME
    batches = IMMEDIATE_BATCHES_PER_FRAME
  }

  return {
    push: (event) => {
      if (closed) return
      pending.push(event)
      chars += charsOf(event)
      if (pending.length >= BATCH_MAX_EVENTS || chars >= BATCH_MAX_CHARS) flush()
      else if (waiting.for === 'nothing') schedule()
    },
    flush,
    close: () => {
      closed = true
      pending = []
      flush()
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
