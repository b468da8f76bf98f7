import {
  type Book,
  type Cursor,
  type CursorHooks,
  createOutsideDue,
  lookAhead,
  type Mark,
  type Outside,
  type Place,
  recognise,
  type Standing,
} from './channel-history.ts'

interface Received {
  body: Buffer
  at: number
}

/** `windowEnd`: of our messages up to it, the first ones may not be for this subscriber. */
interface Gathering {
  phase: 'gathering'
  number: number
  windowEnd: number
  isVerifying: boolean
  received: Received[]
}

type Phase = Gathering | { phase: 'reading' } | { phase: 'left' }

/** A new subscriber's cursor; see `Cursor`. */
export function createCursor(book: Book, hooks: CursorHooks, standing: Standing): Cursor {
  const { maxBehind, maxBehindBytes } = book.limits
  const place: Place = { passed: book.start(), lostUpTo: 0, skipped: [], due: createOutsideDue() }
  let gatherings = 0
  let doubtAt = book.limits.doubtAt
  const gather = (windowEnd: number, received: Received[]): Gathering => {
    return { phase: 'gathering', number: ++gatherings, windowEnd, isVerifying: false, received }
  }
  let phase: Phase = standing.subscribedBefore ? { phase: 'reading' } : gather(Number.POSITIVE_INFINITY, [])

  const verifyOnceAnswered = () => {
    if (phase.phase !== 'gathering' || phase.isVerifying || phase.windowEnd > book.last()) return
    if (book.at(phase.windowEnd)?.state === 'pending') return
    phase.isVerifying = true
    hooks.verify()
  }
  const name = ({ body, at }: Received, isSure: boolean) => {
    const known = recognise(book, place, body)
    if (!known && !isSure && place.passed < book.lastHeard()) {
      // One of ours was heard and has not come: it is next, and this is an outside one, or we took one for another.
      phase = gather(book.last(), [{ body, at }])
      return verifyOnceAnswered()
    }
    const { identity } = known ?? tellOthers(book, cursor, body, place.passed)
    hooks.deliver({ messageId: known?.messageId ?? null, identity, body, at })
  }
  const endGathering = ({ received, windowEnd }: Gathering, mark: Mark) => {
    phase = { phase: 'reading' }
    const bodies = received.map(({ body }) => body)
    place.passed = alignReceived(book, place, bodies, { windowEnd, mustReach: mark.heard })
    for (const arrival of received) name(arrival, true)
  }
  const cursor: Cursor = {
    get passed() {
      return place.passed
    },
    get isForgettable() {
      return standing.byPattern && phase.phase === 'reading' && isPastAll(book, place)
    },
    subscribed: () => {
      if (phase.phase !== 'gathering') return
      phase.windowEnd = book.last()
      verifyOnceAnswered()
    },
    receive: (body, at) => {
      if (phase.phase === 'reading') {
        name({ body, at }, false)
        book.trim()
      } else if (phase.phase === 'gathering') {
        phase.received.push({ body, at })
        if (phase.received.length > maxBehind) cursor.lag()
      }
    },
    mark: () => ({
      answered: book.lastAnswered(),
      heard: book.lastHeard(),
      serial: book.lastSerial(),
      gathering: phase.phase === 'gathering' && phase.isVerifying ? phase.number : 0,
    }),
    reach: (mark) => {
      if (phase.phase === 'gathering' && phase.number === mark.gathering) endGathering(phase, mark)
      if (phase.phase === 'reading') {
        // What was heard before the PING was written is read: who thinks otherwise took one text for another.
        place.passed = Math.max(place.passed, mark.heard)
        place.lostUpTo = Math.max(place.lostUpTo, mark.answered)
        place.skipped = place.skipped.filter(({ count }) => count > mark.answered)
        place.due.dropUpTo(mark.serial)
        place.due.dropBefore(book.heardUpTo(place.passed))
        doubtAt = place.due.size + book.limits.doubtAt
      }
      book.trim()
    },
    leave: () => {
      phase = { phase: 'left' }
      book.cursors.delete(cursor)
      book.trim()
    },
    settled: verifyOnceAnswered,
    expect: (outside) => {
      if (outside.after < book.heardUpTo(place.passed)) return
      place.due.push(outside)
      if (place.due.size > maxBehind || place.due.bytes > maxBehindBytes) cursor.lag()
      else if (place.due.size === doubtAt) hooks.verify()
    },
    lag: () => {
      cursor.leave()
      hooks.lagging()
    },
  }
  book.cursors.add(cursor)
  return cursor
}

/** Nothing that was sent or named is still to come. */
function isPastAll(book: Book, { passed, due, skipped }: Place): boolean {
  if (due.size > 0 || skipped.length > 0) return false
  for (let count = passed + 1; count <= book.last(); count++) {
    if (book.at(count)?.state !== 'absent') return false
  }
  return true
}

/** Names a message that nobody of ours has met, and lets every other subscriber find it under the same name. */
function tellOthers(book: Book, finder: Cursor, body: Buffer, after: number): Outside {
  if (book.cursors.size === 1) return book.nameOutside(body, after)
  // A copy: what was read is a slice of a whole socket buffer, which keeping the slice would keep too.
  const outside = book.nameOutside(Buffer.from(body), after)
  for (const other of [...book.cursors]) if (other !== finder) other.expect(outside)
  return outside
}

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
