import type { RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, FRAME_MS } from '#lib/protocol/limits.ts'
import {
  BATCH_MAX_CHARS,
  IMMEDIATE_BATCHES_MAX,
  IMMEDIATE_BATCHES_PER_FRAME,
  IMMEDIATE_MS_PER_FRAME,
} from './limits.ts'

type Waiting =
  | { for: 'nothing' }
  | { for: 'code' }
  | { for: 'turn'; turn: NodeJS.Immediate }
  | { for: 'frame'; timer: NodeJS.Timeout }

/** Collects a room's events and hands them on in order, in batches. `close` drops its timers. */
export interface Batcher {
  push(event: RoomEvent): void
  /** Sends what has been collected now. */
  flush(): void
  /** Idempotent. What was not flushed is dropped: nobody is left to send it to. */
  close(): void
}

/**
 * An arrival waits only until the code that told it has run, everything else until this turn of the event loop is over,
 * or for the next arrival: what the brokers said in one turn travels together, and no receipt delays what it is about.
 * When sending has used its share of the frame (a burst, or many sockets), the rest waits for the frame's end, and as
 * long as the burst goes on there is one batch a frame. The share is measured in time, because what a batch costs depends
 * on its size and on how many sockets take it; some batches are saved up, so that a busy machine that interrupts one of
 * them does not hold back the others.
 */
export function createBatcher(send: (events: RoomEvent[]) => void): Batcher {
  let pending: RoomEvent[] = []
  let chars = 0
  let frameStart = Number.NEGATIVE_INFINITY
  let spentMs = 0
  let saved = IMMEDIATE_BATCHES_MAX
  let savedAt = performance.now()
  /** Waiting for the end of the running code, of the turn, or of the frame. */
  let waiting: Waiting = { for: 'nothing' }
  let closed = false

  const startFrame = (time: number) => {
    frameStart = time
    spentMs = 0
  }

  const save = (time: number) => {
    saved = Math.min(
      IMMEDIATE_BATCHES_MAX,
      saved + ((time - savedAt) * IMMEDIATE_BATCHES_PER_FRAME) / FRAME_MS,
    )
    savedAt = time
  }

  const flush = () => {
    if (waiting.for === 'frame') clearTimeout(waiting.timer)
    if (waiting.for === 'turn') clearImmediate(waiting.turn)
    waiting = { for: 'nothing' }
    if (pending.length === 0) return
    const events = pending
    pending = []
    chars = 0
    saved = Math.max(0, saved - 1)
    const before = performance.now()
    send(events)
    spentMs += performance.now() - before
  }

  const schedule = (atOnce: boolean) => {
    const time = performance.now()
    save(time)
    if (time - frameStart >= FRAME_MS) startFrame(time)
    const mayLeave = spentMs < IMMEDIATE_MS_PER_FRAME || (saved >= 1 && spentMs < FRAME_MS / 2)
    if (waiting.for === 'turn') clearImmediate(waiting.turn)
    if (mayLeave && atOnce) {
      waiting = { for: 'code' }
      queueMicrotask(flush)
    } else if (mayLeave) {
      waiting = { for: 'turn', turn: setImmediate(flush) }
    } else {
      waiting = { for: 'frame', timer: setTimeout(endFrame, Math.ceil(FRAME_MS - (time - frameStart))) }
    }
  }

  /** A burst is under way: it takes one batch a frame until a frame passes in quiet. */
  const endFrame = () => {
    const time = performance.now()
    startFrame(time)
    flush()
    spentMs = Math.max(spentMs, IMMEDIATE_MS_PER_FRAME)
    saved = 0
    savedAt = time
  }

  return {
    push: (event) => {
      if (closed) return
      pending.push(event)
      chars += charsOf(event)
      if (pending.length >= BATCH_MAX_EVENTS || chars >= BATCH_MAX_CHARS) flush()
      else if (waiting.for === 'nothing' || (waiting.for === 'turn' && isArrival(event)))
        schedule(isArrival(event))
    },
    flush,
    close: () => {
      closed = true
      pending = []
      flush()
    },
  }
}

const isArrival = (event: RoomEvent): boolean => event.kind === 'delivered'

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
