import type { ChannelOrder } from './channel-order.ts'

interface Start {
  passed: number
  lostUpTo: number
}

/** One assumption about where a new subscriber started, and how well what it received fits. */
interface Trial {
  start: number
  strangers: number
  reached: boolean
}

/**
 * Finds the first message of ours that a new subscriber did not miss. It reads an unbroken stretch, so only a start is to
 * be found: the first for which the fewest of the received bodies would be strangers. `windowEnd` is the last message of
 * ours that was sent before SUBSCRIBE was answered: up to it, the first ones may be missed. `mustReach`: everything of
 * ours up to here was heard before the PING was written, so a subscriber that saw an earlier one saw this. Returns the count it is
 * past.
 */
export function alignReceived(
  order: ChannelOrder,
  { passed, lostUpTo }: Start,
  received: Buffer[],
  windowEnd: number,
  mustReach: number,
): number {
  if (windowEnd <= passed) return passed
  const texts = new Set(received.map((body) => body.toString('latin1')))
  const trial = (start: number) => readFrom(order, { passed: start, lostUpTo }, received, mustReach)
  let best = trial(windowEnd)
  for (let start = passed; start < windowEnd; start++) {
    const next = order.at(start + 1)
    if (!next || !texts.has(Buffer.from(next.body).toString('latin1'))) continue
    const tried = trial(start)
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
function readFrom(order: ChannelOrder, start: Start, received: Buffer[], mustReach: number): Trial {
  let { passed } = start
  let strangers = 0
  for (const body of received) {
    const { certain, uncertain } = order.lookAhead(passed, start.lostUpTo, body)
    const ours = certain ?? uncertain
    if (ours) passed = ours.count
    else strangers++
  }
  return { start: start.passed, strangers, reached: passed >= mustReach }
}
