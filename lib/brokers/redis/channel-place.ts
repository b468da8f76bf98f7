import type { Book, Sent } from './channel-book.ts'
import type { OutsideDue } from './outside-due.ts'

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
