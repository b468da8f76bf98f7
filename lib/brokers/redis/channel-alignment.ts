import type { ChannelOrder } from './channel-order.ts'

/** Which messages a subscriber may have joined after, by their counts in the channel's order. */
interface Range {
  /** It cannot have joined before this one. */
  passed: number
  /** Up to this one, messages with an uncertain receipt never came. */
  lostUpTo: number
}

/** One assumption about where a new subscriber joined, and how well what it received fits. */
interface Candidate {
  /** How many messages of ours were sent before it joined. */
  start: number
  /** How many of the received bodies would be none of our messages. */
  unmatched: number
  /** It would have received every message of ours up to `mustReach`. */
  reached: boolean
}

/**
 * Finds where a new subscriber joined the sequence of our messages on its channel, from the bodies that it has received: it
 * receives everything from there on, so only the start is to be found. Of all starts, the earliest one is taken that leaves the
 * fewest received bodies unmatched, which then come from other programs. `windowEnd` is the count of our messages that were sent
 * before SUBSCRIBE was answered: the subscriber may have missed the first of them, and none after them. `mustReach`: our
 * messages up to this count were heard before the PING was written, so a subscriber that heard an earlier one heard this one.
 * Returns how many of our messages were sent before it joined.
 */
export function alignReceived(
  order: ChannelOrder,
  { passed, lostUpTo }: Range,
  received: Buffer[],
  windowEnd: number,
  mustReach: number,
): number {
  if (windowEnd <= passed) return passed
  const texts = new Set(received.map((body) => body.toString('latin1')))
  const candidate = (start: number) => readFrom(order, { passed: start, lostUpTo }, received, mustReach)
  let best = candidate(windowEnd)
  for (let start = passed; start < windowEnd; start++) {
    const first = order.at(start + 1)
    if (!first || !texts.has(Buffer.from(first.body).toString('latin1'))) continue
    const next = candidate(start)
    if (!isBetter(next, best)) continue
    best = next
    if (next.unmatched === 0) break
  }
  return best.start
}

const isBetter = (one: Candidate, other: Candidate): boolean => {
  if (one.reached !== other.reached) return one.reached
  if (one.unmatched !== other.unmatched) return one.unmatched < other.unmatched
  return one.start < other.start
}

/** Reads everything received as if the subscriber had been there from after `start` on. */
function readFrom(order: ChannelOrder, start: Range, received: Buffer[], mustReach: number): Candidate {
  let { passed } = start
  let unmatched = 0
  for (const body of received) {
    const { certain, uncertain } = order.lookAhead(passed, start.lostUpTo, body)
    const ours = certain ?? uncertain
    if (ours) passed = ours.count
    else unmatched++
  }
  return { start: start.passed, unmatched, reached: passed >= mustReach }
}
