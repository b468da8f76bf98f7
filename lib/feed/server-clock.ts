/**
 * How long a period lasts: a time that the server stated counts in its own period and in the next. Longer, and a server's clock that was set back would be
 * followed late; shorter, and a slow moment of the line would be taken for a step of the clock.
 */
const PERIOD_MS = 30_000

/**
 * The server's clock as this browser knows it: each time that the server states was its time a moment ago, so the latest
 * of them bounds its clock from below, by no more than the line's delay. Between two statements it runs with the browser's
 * monotonic clock, which no step of the browser's own date moves.
 */
export interface ServerClock {
  /** The server's time now, Unix time in milliseconds; by this computer's own clock until the server has stated any. */
  now(): number
  /** The server stated its time, and it arrived just now. */
  noteServerTime(at: number): void
  /** Another server may answer from now on: what was stated before says nothing of its clock, as soon as it states a time. */
  restart(): void
}

interface Sources {
  /** Milliseconds that only ever rise. */
  monotonic(): number
  /** This computer's date, Unix time in milliseconds. */
  date(): number
}

const BROWSER: Sources = { monotonic: () => performance.now(), date: () => Date.now() }

export function createServerClock({ monotonic, date }: Sources = BROWSER): ServerClock {
  /** What to add to the monotonic clock: the greatest that the server's stated times gave in this period and in the one before. */
  let greatest = { now: Number.NEGATIVE_INFINITY, before: Number.NEGATIVE_INFINITY }
  let periodAt = monotonic()
  let isAnew = true

  const noteServerTime = (at: number): void => {
    const arrived = monotonic()
    if (isAnew) {
      greatest = { now: Number.NEGATIVE_INFINITY, before: Number.NEGATIVE_INFINITY }
      periodAt = arrived
      isAnew = false
    } else if (arrived - periodAt > PERIOD_MS) {
      greatest = { now: Number.NEGATIVE_INFINITY, before: greatest.now }
      periodAt = arrived
    }
    greatest.now = Math.max(greatest.now, at - arrived)
  }
  return {
    now: () => {
      const ahead = Math.max(greatest.now, greatest.before)
      return ahead === Number.NEGATIVE_INFINITY ? date() : ahead + monotonic()
    },
    noteServerTime,
    restart: () => {
      isAnew = true
    },
  }
}
