/** The words that the parts of a channel's order share. */

/** What is known of one message of ours. `absent`: it reached nobody (0 receivers, refused, or never written). */
export type SentState = 'pending' | 'heard' | 'absent' | 'uncertain'

export interface Sent {
  /** Its place among ours on this channel, from 1. */
  readonly count: number
  readonly messageId: string
  readonly body: Uint8Array
  state: SentState
}

/** A message that is not ours, as the first of our subscribers to read it named it; the others are to find it too. */
export interface Outside {
  /** Its place among all named outside messages, from 1. */
  readonly serial: number
  readonly identity: string
  readonly body: Uint8Array
  /** It came after our message of this count, and before the next of ours that arrived. */
  readonly after: number
}

export interface OrderLimits {
  /** A subscriber that is further behind than this, in messages or in bytes, is told to start again. */
  maxBehind: number
  maxBehindBytes: number
  /** So many outside messages ahead of a subscriber are a reason to ask the broker where it is. */
  doubtAt: number
}

/** One arrival with its name. `messageId` is null for a message that is not ours. */
export interface Named {
  messageId: string | null
  /** The same at every subscriber of ours. */
  identity: string
  body: Buffer
  /** When it was read, milliseconds since the epoch. */
  at: number
}

export interface CursorHooks {
  deliver(named: Named): void
  /** It is too far behind: nothing is kept for it any more. Its owner starts it again and says that there is a gap. */
  lagging(): void
  /**
   * It has just subscribedBefore, or may wait for what never comes, or may have taken one text for another: its owner asks the
   * broker where it is: `mark`, PING on the subscriber's connection, `reach` at the reply. One at a time.
   */
  verify(): void
}

/** What was known when a PING was written on the subscriber's connection. */
export interface Mark {
  /** Every message of ours up to here had its receipt, or never will have one. */
  readonly answered: number
  /** The last message of ours that was known to be heard. */
  readonly heard: number
  /** The last outside message that was named. */
  readonly serial: number
  /** Which gathering this ends; 0 for none. */
  readonly gathering: number
}

/**
 * One subscriber's place in the channel's order. At first, and whenever what it reads does not fit, it only gathers
 * what it reads, because then some of ours may not be for it; once all of ours that were on their way have their
 * receipts, its owner is told to `ask`. Redis answers in order, so whatever was published before the PING and is not
 * there by its reply never comes, and what was gathered can be named.
 */
export interface Cursor {
  /** The count of the last message of ours that it is past. */
  readonly passed: number
  /** It was there before anything was sent, and has read all that was: it needs no order to read on. */
  readonly isForgettable: boolean
  /** SUBSCRIBE was answered. */
  subscribed(): void
  receive(body: Buffer, at: number): void
  mark(): Mark
  reach(mark: Mark): void
  /** Its connection has ended. */
  leave(): void
  /** For the order itself: one of ours has its receipt. */
  settled(): void
  /** For the other cursors: an outside message that is ahead of it, perhaps. */
  expect(outside: Outside): void
  /** For the order itself: tells it that it is too far behind. */
  lag(): void
}

/** How a cursor stands to its channel: by the channel's name, or as one of the many of a pattern's subscriber. */
export interface Standing {
  /** It comes and goes with the order, which lives for messages on their way only. */
  byPattern: boolean
  /** It was subscribed before the order began: whatever is sent in it is for it. */
  subscribedBefore: boolean
}
export const BY_NAME: Standing = { byPattern: false, subscribedBefore: false }

/** What cursors may know of the channel they read. */
export interface Book {
  readonly channel: string
  readonly limits: OrderLimits
  readonly cursors: Set<Cursor>
  at(count: number): Sent | undefined
  /** The count of the latest message of ours; 0 before the first. */
  last(): number
  lastHeard(): number
  /** One of ours whose receipt was lost has been read: it was heard. */
  confirm(sent: Sent): void
  lastAnswered(): number
  /** The last message of ours up to `count` that is known to be heard, as far as such are kept. */
  heardUpTo(count: number): number
  lastSerial(): number
  /** Where a subscriber starts that joins now: before the run of messages at the end that nobody is known to have heard. */
  start(): number
  nameOutside(body: Uint8Array, after: number): Outside
  trim(): void
}

/** Where a subscriber stands and what it may still meet. */
export interface Place {
  /** The count of the last message of ours that it is past. */
  passed: number
  /** Uncertain messages up to here never came. */
  lostUpTo: number
  /** Uncertain messages that the last step left out: should one turn up now after all, it is known. */
  skipped: Sent[]
  due: OutsideDue
}

export interface Recognised {
  messageId: string | null
  identity: string
}

export interface Ahead {
  /** The next message of ours that must come, if the body is its. */
  certain?: Sent
  /** The first uncertain message before it that has this body. */
  uncertain?: Sent
  /** The count of the next message of ours that must come, or of the one not yet sent. */
  limit: number
}

/** Compares `body` with what comes next: the message of ours that must come, and the uncertain ones before it, which may. */
export function lookAhead(book: Book, passed: number, lostUpTo: number, body: Buffer): Ahead {
  let uncertain: Sent | undefined
  for (let count = passed + 1; ; count++) {
    const sent = book.at(count)
    if (!sent) return { uncertain, limit: count }
    if (sent.state === 'absent') continue
    if (sent.state === 'uncertain') {
      if (count > lostUpTo && !uncertain && body.equals(sent.body)) uncertain = sent
      continue
    }
    return body.equals(sent.body) ? { certain: sent, uncertain, limit: count } : { uncertain, limit: count }
  }
}

/**
 * What `body` is for a subscriber at `place`, which moves on; undefined when nobody of ours has met it before. A certain
 * message is preferred to an uncertain one of equal text, which would have come long before it.
 */
export function recognise(book: Book, place: Place, body: Buffer): Recognised | undefined {
  const { certain, uncertain, limit } = lookAhead(book, place.passed, place.lostUpTo, body)
  const first = place.due.first()
  if (first && first.after < limit && body.equals(first.body)) {
    place.due.remove(first)
    return { messageId: null, identity: first.identity }
  }
  const ours = certain ?? uncertain
  if (ours) {
    passTo(book, place, ours)
    return nameOf(book, ours)
  }
  const outside = place.due.find((item) => item.after < limit && body.equals(item.body))
  if (outside) {
    place.due.remove(outside)
    return { messageId: null, identity: outside.identity }
  }
  const late = place.skipped.find((sent) => body.equals(sent.body))
  place.skipped = place.skipped.filter((sent) => sent !== late)
  return late && nameOf(book, late)
}

const nameOf = (book: Book, { messageId }: Sent): Recognised => ({
  messageId,
  identity: `redis:${book.channel}:${messageId}`,
})

function passTo(book: Book, place: Place, ours: Sent): void {
  place.skipped = []
  for (let count = Math.max(place.passed, place.lostUpTo) + 1; count < ours.count; count++) {
    const sent = book.at(count)
    if (sent?.state === 'uncertain') place.skipped.push(sent)
  }
  if (ours.state === 'uncertain') book.confirm(ours)
  place.passed = ours.count
  place.due.dropBefore(ours.count)
}

/** Outside messages that others have read and one subscriber may still meet, in the order of their naming. */
export interface OutsideDue {
  readonly size: number
  readonly bytes: number
  push(outside: Outside): void
  first(): Outside | undefined
  find(matches: (outside: Outside) => boolean): Outside | undefined
  /** It was met. */
  remove(outside: Outside): void
  /** Those at the front that lie before our message of this count are behind us. */
  dropBefore(count: number): void
  /** Those named up to `serial` never come. */
  dropUpTo(serial: number): void
}

/** Removed items at the front are cut off together, so that a long line costs each step the same. */
const CUT_AT = 1_024

export function createOutsideDue(): OutsideDue {
  let line: Outside[] = []
  let head = 0
  let bytes = 0
  const shift = () => {
    bytes -= line[head]?.body.length ?? 0
    head++
    if (head === line.length || head >= CUT_AT) {
      line = line.slice(head)
      head = 0
    }
  }
  return {
    get size() {
      return line.length - head
    },
    get bytes() {
      return bytes
    },
    push: (outside) => {
      line.push(outside)
      bytes += outside.body.length
    },
    first: () => line[head],
    find: (matches) => {
      for (let index = head; index < line.length; index++) {
        const outside = line[index]
        if (outside && matches(outside)) return outside
      }
      return undefined
    },
    remove: (outside) => {
      if (line[head] === outside) return shift()
      const index = line.indexOf(outside, head)
      if (index < 0) return
      line.splice(index, 1)
      bytes -= outside.body.length
    },
    dropBefore: (count) => {
      while ((line[head]?.after ?? count) < count) shift()
    },
    dropUpTo: (serial) => {
      line = line.slice(head).filter((outside) => outside.serial > serial)
      head = 0
      bytes = line.reduce((sum, { body }) => sum + body.length, 0)
    },
  }
}
