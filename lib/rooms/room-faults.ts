import type { RoomFault } from './room-context.ts'

/** A fault that repeats is reported again after this time, with its count; then after twice that, and so on. */
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000
/** A fault that stayed away for so long, after its pause, is news again. */
const FORGET_MS = 60_000
/** So many different texts are counted separately; beyond that, faults of one code at one place count as one. */
const TEXTS_MAX = 200

/** What is known of one fault since it was first reported. */
interface Repeating {
  count: number
  /** The count that was reported last. */
  reported: number
  pauseMs: number
  fault: RoomFault
  /** Until its pause is over (what comes meanwhile is counted), or, `idle`, until it is forgotten. */
  timer: NodeJS.Timeout
  idle: boolean
}

/**
 * Reports each fault at once, and one that repeats with its count, at pauses that double: however often something fails, it
 * cannot crowd messages out of the room's history. Whoever made it ends it with `close`.
 */
export class RoomFaults {
  readonly #report: (fault: RoomFault) => void
  readonly #repeating = new Map<string, Repeating>()

  constructor(report: (fault: RoomFault) => void) {
    this.#report = report
  }

  add(fault: RoomFault): void {
    const key = this.#keyOf(fault)
    const known = this.#repeating.get(key)
    if (known === undefined) {
      const timer = setTimeout(() => this.#pauseIsOver(key), FIRST_PAUSE_MS).unref()
      const first = { count: 1, reported: 1, pauseMs: FIRST_PAUSE_MS, fault, timer, idle: false }
      this.#repeating.set(key, first)
      this.#report(fault)
      return
    }
    known.count += 1
    known.fault = fault
    if (known.idle) this.#reportAgain(key, known)
  }

  /** Reports nothing any more. Idempotent. */
  close(): void {
    for (const { timer } of this.#repeating.values()) clearTimeout(timer)
    this.#repeating.clear()
  }

  #pauseIsOver(key: string): void {
    const known = this.#repeating.get(key)
    if (known === undefined) return
    if (known.count > known.reported) {
      this.#reportAgain(key, known)
      return
    }
    known.idle = true
    known.timer = setTimeout(() => this.#repeating.delete(key), FORGET_MS).unref()
  }

  #reportAgain(key: string, known: Repeating): void {
    clearTimeout(known.timer)
    known.idle = false
    known.reported = known.count
    known.pauseMs = Math.min(MAX_PAUSE_MS, known.pauseMs * 2)
    known.timer = setTimeout(() => this.#pauseIsOver(key), known.pauseMs).unref()
    this.#report({ ...known.fault, count: known.count })
  }

  /** Numbers in a text (delivery tags, ports, offsets) make no other fault of it. */
  #keyOf({ system, destination, consumer, code, text }: RoomFault): string {
    const place = JSON.stringify([system, destination, consumer, code])
    const key = `${place} ${text.replace(/\d+/g, '0')}`
    return this.#repeating.size < TEXTS_MAX || this.#repeating.has(key) ? key : place
  }
}
