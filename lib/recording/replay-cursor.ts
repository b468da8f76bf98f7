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
  const copyEvery = Math.max(COPY_EVERY_MIN, Math.ceil(events.length / COPIES_MAX))
  const first = createLedger(REPLAY_LIMITS)
  first.reset(openingOf(recording))
  /** `copies[n]` stands at `n * copyEvery`. */
  const copies: Ledger[] = [first]
  const clock = createClock(events)
  let ledger = first.fork()
  let position = 0
  for (; position < events.length; position += 1) {
    if (position > 0 && position % copyEvery === 0) {
      copies.push(ledger.fork())
      await yieldNow()
    }
    const event = events[position]
    if (event) ledger.apply(event)
  }

  return {
    length: events.length,
    get position() {
      return position
    },
    get ledger() {
      return ledger
    },
    seek: (wanted) => {
      const target = Math.min(events.length, Math.max(0, Math.round(wanted)))
      const nearest = Math.min(copies.length - 1, Math.floor(target / copyEvery))
      if (target < position || nearest * copyEvery > position) {
        ledger = (copies[nearest] ?? first).fork()
        position = nearest * copyEvery
      }
      for (; position < target; position += 1) {
        const event = events[position]
        if (event) ledger.apply(event)
      }
    },
    ...clock,
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
