import type { Book } from './channel-book.ts'
import { lookAhead, type Place } from './channel-place.ts'

interface Window {
  /** The last message of ours that was sent before SUBSCRIBE was answered: up to it, the first ones may be missed. */
  windowEnd: number
  /** Everything of ours up to here was heard before the PING was written: whoever saw an earlier one, saw this. */
  mustReach: number
}

interface Trial {
  start: number
  strangers: number
  reached: boolean
}

/**
 * Which messages of ours did a new subscriber miss? It reads an unbroken stretch, so a start is all that is to be
 * found: the first one for which the fewest of the received bodies would be strangers. Returns the count it is past.
 */
export function alignReceived(book: Book, place: Place, received: Buffer[], window: Window): number {
  const { windowEnd, mustReach } = window
  if (windowEnd <= place.passed) return place.passed
  const texts = new Set(received.map((body) => body.toString('latin1')))
  let best = attempt(book, place, received, windowEnd, mustReach)
  for (let start = place.passed; start < windowEnd; start++) {
    const next = book.at(start + 1)
    if (!next || !texts.has(Buffer.from(next.body).toString('latin1'))) continue
    const tried = attempt(book, place, received, start, mustReach)
    if (!isBetter(tried, best)) continue
    best = tried
    if (tried.strangers === 0) break
  }
  return best.start
}

const isBetter = (one: Trial, other: Trial): boolean => {
  if (one.reached !== other.reached) return one.reached
  if (one.strangers !== other.strangers) return one.strangers < other.strangers
  return one.start < other.start
}

/** Reads everything received as if the subscriber had been there from after `start` on. */
function attempt(book: Book, place: Place, received: Buffer[], start: number, mustReach: number): Trial {
  let passed = start
  let strangers = 0
  for (const body of received) {
    const { certain, uncertain } = lookAhead(book, passed, place.lostUpTo, body)
    const ours = certain ?? uncertain
    if (ours) passed = ours.count
    else strangers++
  }
  return { start, strangers, reached: passed >= mustReach }
}
