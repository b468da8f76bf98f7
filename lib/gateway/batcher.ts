import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, FRAME_MS } from '#lib/protocol/limits.ts'
import { metadataChars } from '#lib/protocol/metadata.ts'
import {
  BATCH_MAX_CHARS,
  CROWD_FRAME_BATCHES,
  CROWD_FRAME_MAX_MS,
  IMMEDIATE_BATCHES_MAX,
  IMMEDIATE_BATCHES_PER_FRAME,
  IMMEDIATE_MS_PER_FRAME,
} from './limits.ts'

/** What the pending events wait for: nothing, the end of the running code, of the turn of the event loop, or of the frame. */
type Waiting =
  | { for: 'nothing' }
  | { for: 'code' }
  | { for: 'turn'; turn: NodeJS.Immediate }
  | { for: 'frame'; timer: NodeJS.Timeout }

/**
 * Collects a room's events and sends them in order, in batches. A delivery waits only until the code that emitted it has
 * run, everything else until this turn of the event loop is over, or for the next delivery: what the brokers reported in
 * one turn travels together, and no receipt delays the delivery it is about. When sending has used its share of the frame
 * (a burst, or many sockets), the rest waits for the frame's end, and as long as the burst lasts there is one batch a
 * frame. The share is measured in time, because what a batch costs depends on its size and on how many sockets get it;
 * some batches are saved up, so that a busy machine that interrupts one of them does not hold back the others.
 */
export class Batcher {
  private readonly send: (events: RoomEvent[]) => void
  private pending: RoomEvent[] = []
  private chars = 0
  private frameStart = Number.NEGATIVE_INFINITY
  private spentMs = 0
  /** What the last batch cost to send. */
  private batchMs = 0
  private saved = IMMEDIATE_BATCHES_MAX
  private savedAt = performance.now()
  private waiting: Waiting = { for: 'nothing' }
  private closed = false

  constructor(send: (events: RoomEvent[]) => void) {
    this.send = send
  }

  push(event: RoomEvent): void {
    if (this.closed) return
    this.pending.push(event)
    this.chars += charsOf(event)
    const isDelivery = event.kind === 'delivered'
    if (this.pending.length >= BATCH_MAX_EVENTS || this.chars >= BATCH_MAX_CHARS) this.flush()
    else if (this.waiting.for === 'nothing' || (this.waiting.for === 'turn' && isDelivery)) {
      this.schedule(isDelivery)
    }
  }

  /** Sends now what has been collected. */
  readonly flush = (): void => {
    if (this.waiting.for === 'frame') clearTimeout(this.waiting.timer)
    if (this.waiting.for === 'turn') clearImmediate(this.waiting.turn)
    this.waiting = { for: 'nothing' }
    if (this.pending.length === 0) return
    const events = this.pending
    this.pending = []
    this.chars = 0
    this.saved = Math.max(0, this.saved - 1)
    const before = performance.now()
    this.send(events)
    this.batchMs = performance.now() - before
    this.spentMs += this.batchMs
  }

  /** Drops what was not sent, because nobody is left to send it to. Idempotent. */
  close(): void {
    this.closed = true
    this.pending = []
    this.flush()
  }

  private schedule(atOnce: boolean): void {
    const time = performance.now()
    const regained = ((time - this.savedAt) * IMMEDIATE_BATCHES_PER_FRAME) / FRAME_MS
    this.saved = Math.min(IMMEDIATE_BATCHES_MAX, this.saved + regained)
    this.savedAt = time
    if (time - this.frameStart >= FRAME_MS) this.startFrame(time)
    const mayLeave = this.spentMs < IMMEDIATE_MS_PER_FRAME || (this.saved >= 1 && this.spentMs < FRAME_MS / 2)
    if (this.waiting.for === 'turn') clearImmediate(this.waiting.turn)
    if (mayLeave && atOnce) {
      this.waiting = { for: 'code' }
      queueMicrotask(this.flush)
    } else if (mayLeave) {
      this.waiting = { for: 'turn', turn: setImmediate(this.flush) }
    } else {
      const frameMs = Math.min(CROWD_FRAME_MAX_MS, Math.max(FRAME_MS, this.batchMs * CROWD_FRAME_BATCHES))
      const untilEnd = Math.ceil(frameMs - (time - this.frameStart))
      this.waiting = { for: 'frame', timer: setTimeout(() => this.endFrame(), untilEnd) }
    }
  }

  private startFrame(time: number): void {
    this.frameStart = time
    this.spentMs = 0
  }

  /** A burst is under way: it gets one batch a frame until a frame passes without events. */
  private endFrame(): void {
    const time = performance.now()
    this.startFrame(time)
    this.flush()
    this.spentMs = Math.max(this.spentMs, IMMEDIATE_MS_PER_FRAME)
    this.saved = 0
    this.savedAt = time
  }
}

/** The part of an event whose size its sender chooses. Only the first event of a message carries it. */
function charsOf(event: RoomEvent): number {
  if (!isLifeEvent(event)) return 'text' in event ? event.text.length : 0
  const { text = '', bytes = '', key = '', keyBytes = '' } = event
  const carried = event.kind === 'delivered' && event.carried !== undefined ? metadataChars(event.carried) : 0
  return text.length + bytes.length + key.length + keyBytes.length + metadataChars(event) + carried
}
