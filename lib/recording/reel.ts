import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Recording } from './format.ts'
import { openingOf } from './opening.ts'

/**
 * What a replay holds at most: less than a live page, so that a copy of it takes milliseconds. A pane shows its last five
 * hundred rows at any moment of the recording.
 */
const REPLAY_LIMITS = { rowsPerPane: 500, messageWeight: 6_000 }
/** Copies kept along the way, and how far apart they lie at least: a step back costs one copy and so many events. */
const COPIES_MAX = 24
const APART_MIN = 4_000
/** Longer silences are shortened to this in playing, milliseconds. */
const SILENCE_MAX_MS = 2_000

/**
 * A recording wound to a position: how many of its events have happened. Any position is reached from the nearest copy
 * of the ledger before it.
 */
export interface Reel {
  readonly length: number
  readonly position: number
  /** Everything as it was then. */
  readonly ledger: Ledger
  seek(position: number): void
  /** Milliseconds of playing time from the beginning to this position; longer silences are shortened. */
  playTime(position: number): number
  /** How many events have happened by that playing time. */
  positionAt(playTime: number): number
  /** When the event before this position happened, milliseconds since the epoch. */
  timeAt(position: number): number
}

/** Winds through the whole recording once. `breathe` gives the page a moment between two portions. */
export async function openReel(recording: Recording, breathe: () => Promise<void>): Promise<Reel> {
  const { events } = recording
  const apart = Math.max(APART_MIN, Math.ceil(events.length / COPIES_MAX))
  const first = createLedger(REPLAY_LIMITS)
  first.reset(openingOf(recording))
  /** `copies[n]` stands at `n * apart`. */
  const copies: Ledger[] = [first]
  const clock = createClock(events)
  let ledger = first.fork()
  let position = 0
  for (; position < events.length; position += 1) {
    if (position > 0 && position % apart === 0) {
      copies.push(ledger.fork())
      await breathe()
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
      const nearest = Math.min(copies.length - 1, Math.floor(target / apart))
      if (target < position || nearest * apart > position) {
        ledger = (copies[nearest] ?? first).fork()
        position = nearest * apart
      }
      for (; position < target; position += 1) {
        const event = events[position]
        if (event) ledger.apply(event)
      }
    },
    ...clock,
  }
}

/** Events are in the order of learning, so an event counts as happening no earlier than those before it. */
function createClock(events: readonly RoomEvent[]): Pick<Reel, 'playTime' | 'positionAt' | 'timeAt'> {
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
