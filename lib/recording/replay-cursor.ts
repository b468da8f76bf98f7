import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Recording } from './format.ts'
import { openingOf } from './opening.ts'

/**
 * What a replay holds at most: less than a live page, so that a copy of it takes milliseconds. A pane shows its last five
 * hundred rows at any moment of the recording.
 */
const REPLAY_LIMITS = { rowsPerPane: 500, messageWeight: 6_000 }
/** Copies of the ledger that are kept, and their least distance in events: a step back costs one copy and at least that many events. */
const COPIES_MAX = 24
const COPY_EVERY_MIN = 4_000
/** Who goes back by little goes back by little again: one more copy is kept, at most so many events before them. */
const NEAR_EVENTS = 250
/** Longer silences are shortened to this in playing, milliseconds. */
const SILENCE_MAX_MS = 2_000

/**
 * A position in a recording, as the number of its events that have happened. `seek` reaches any position from the nearest
 * copy of the ledger before it.
 */
export interface ReplayCursor {
  readonly length: number
  readonly position: number
  /** Everything as it was at this position. */
  readonly ledger: Ledger
  seek(position: number): void
  /** Milliseconds of playing time from the beginning to this position; longer silences are shortened. */
  playTime(position: number): number
  /** How many events have happened by that playing time. */
  positionAt(playTime: number): number
  /** When the event before this position happened, Unix time in milliseconds. */
  timeAt(position: number): number
}

/** Applies the whole recording once and ends at its end. `yieldNow` lets the page respond between two portions. */
export async function openReplayCursor(
  recording: Recording,
  yieldNow: () => Promise<void>,
): Promise<ReplayCursor> {
  const { events } = recording
  const wound = new WoundLedger(recording)
  await wound.windThrough(yieldNow)
  return {
    length: events.length,
    get position() {
      return wound.position
    },
    get ledger() {
      return wound.ledger
    },
    seek: (wanted) => wound.seek(Math.min(events.length, Math.max(0, Math.round(wanted)))),
    ...createClock(events),
  }
}

/** A ledger at some position of the recording, by which it was copied. */
interface Copy {
  position: number
  ledger: Ledger
}

/** A ledger that is wound forward by applying events, and back by going on from a copy of it. */
class WoundLedger {
  readonly #events: readonly RoomEvent[]
  readonly #copyEvery: number
  /** `#copies[n]` stands at `n * #copyEvery`. */
  readonly #copies: Copy[]
  #near: Copy | null = null
  ledger: Ledger
  position = 0

  constructor(recording: Recording) {
    this.#events = recording.events
    this.#copyEvery = Math.max(COPY_EVERY_MIN, Math.ceil(recording.events.length / COPIES_MAX))
    const first = createLedger(REPLAY_LIMITS)
    first.reset(openingOf(recording))
    this.#copies = [{ position: 0, ledger: first }]
    this.ledger = first.fork()
  }

  async windThrough(yieldNow: () => Promise<void>): Promise<void> {
    const { length } = this.#events
    for (let next = this.#copyEvery; next < length; next += this.#copyEvery) {
      this.#applyUpTo(next)
      this.#copies.push(this.#copy())
      await yieldNow()
    }
    this.#applyUpTo(length)
  }

  seek(target: number): void {
    const back = this.position - target
    const from = this.#copyBefore(target)
    if (back > 0 || from.position > this.position) {
      this.ledger = from.ledger.fork()
      this.position = from.position
    }
    if (back > 0 && back <= NEAR_EVENTS && target - this.position > NEAR_EVENTS) {
      this.#applyUpTo(target - NEAR_EVENTS)
      this.#near = this.#copy()
    }
    this.#applyUpTo(target)
  }

  #copyBefore(target: number): Copy {
    const regular = this.#copies[Math.floor(target / this.#copyEvery)] ?? this.#copies.at(-1)
    const near = this.#near
    if (regular && !(near && near.position <= target && near.position > regular.position)) return regular
    return near ?? this.#copy()
  }

  #copy(): Copy {
    return { position: this.position, ledger: this.ledger.fork() }
  }

  #applyUpTo(target: number): void {
    for (; this.position < target; this.position += 1) {
      const event = this.#events[this.position]
      if (event) this.ledger.apply(event)
    }
  }
}

/** Events are in the order of learning: one counts as happening no earlier than those before it. */
function createClock(events: readonly RoomEvent[]): Pick<ReplayCursor, 'playTime' | 'positionAt' | 'timeAt'> {
  const at = new Float64Array(events.length + 1)
  const played = new Float64Array(events.length + 1)
  at[0] = events[0]?.at ?? 0
  events.forEach((event, index) => {
    const before = at[index] ?? 0
    at[index + 1] = Math.max(before, event.at)
    const silence = Math.max(0, event.at - before)
    played[index + 1] = (played[index] ?? 0) + Math.min(SILENCE_MAX_MS, silence)
  })
  return {
    playTime: (position) => played[position] ?? 0,
    timeAt: (position) => at[position] ?? 0,
    positionAt: (playTime) => {
      let low = 0
      let high = events.length
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if ((played[middle] ?? 0) <= playTime) low = middle
        else high = middle - 1
      }
      return low
    },
  }
}
