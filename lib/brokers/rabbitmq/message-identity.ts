import { createHash, randomBytes } from 'node:crypto'

/**
 * Names for messages, the same at every consumer and redelivery as far as AMQP allows. A message with an id is named by
 * it; many programs set none, and their messages are matched by body. Two messages without an id and with equal bodies
 * may swap names, which nobody can notice.
 */

/** Messages without an id that were returned unsettled and may come again: enough for many full prefetch windows. */
const RETURNED_MAX = 10_000
/** Messages without an id whose copies may still arrive at other subscribers: enough for some seconds of traffic. */
const COPIES_MAX = 10_000
const RUN_ID_BYTES = 6

/** Names for the messages of queues. */
export interface Identities {
  /**
   * Without a `messageId`: a fresh name at its first arrival; a redelivered message takes over the name of a returned one
   * with the same body in that queue.
   */
  of(queue: string, messageId: string | null, redelivered: boolean, body: Uint8Array): string
  /** A message without an id went back to the queue. */
  returned(queue: string, fingerprint: string, identity: string): void
}

/** A hash by which two bodies are compared. */
export const fingerprintOf = (body: Uint8Array): string => createHash('sha1').update(body).digest('base64')

export function createIdentities(): Identities {
  const run = randomBytes(RUN_ID_BYTES).toString('base64url')
  const returned = new Map<string, string[]>()
  let count = 0
  let returnedCount = 0

  const takeReturned = (key: string): string | undefined => {
    const names = returned.get(key)
    const name = names?.shift()
    if (name !== undefined) returnedCount -= 1
    if (names?.length === 0) returned.delete(key)
    return name
  }
  return {
    of: (queue, messageId, redelivered, body) => {
      if (messageId !== null) return `rabbitmq:${queue}:${messageId}`
      const known =
        redelivered && returned.size > 0 ? takeReturned(`${queue} ${fingerprintOf(body)}`) : undefined
      return known ?? `rabbitmq:${queue}:unnamed-${run}-${++count}`
    },
    returned: (queue, fingerprint, identity) => {
      const key = `${queue} ${fingerprint}`
      const names = returned.get(key)
      if (names) names.push(identity)
      else returned.set(key, [identity])
      returnedCount += 1
      while (returnedCount > RETURNED_MAX) {
        const [oldest] = returned.keys()
        if (oldest === undefined) return
        takeReturned(oldest)
      }
    },
  }
}

interface Copy {
  name: string
  at: number
  seenBy: Set<string>
}

/**
 * Names for messages without an id that an exchange copies to several subscribers. Nothing on a copy refers to the
 * others, so they are matched by body and order: what one subscriber gets as its nth of such bodies is the nth of the
 * others.
 */
export interface Copies {
  /** `since`: when this subscriber was bound, Unix time in milliseconds; it gets no copy of earlier messages. */
  nameOf(exchange: string, consumer: string, since: number, fingerprint: string): string
}

export function createCopies(now: () => number): Copies {
  const run = randomBytes(RUN_ID_BYTES).toString('base64url')
  const known = new Map<string, Copy[]>()
  let count = 0
  let held = 0

  const forgetOldest = () => {
    const [oldest] = known.keys()
    if (oldest === undefined) return
    const copies = known.get(oldest) ?? []
    copies.shift()
    held -= 1
    if (copies.length === 0) known.delete(oldest)
  }
  return {
    nameOf: (exchange, consumer, since, fingerprint) => {
      const key = `${exchange} ${fingerprint}`
      const copies = known.get(key) ?? []
      const copy = copies.find(({ at, seenBy }) => at >= since && !seenBy.has(consumer))
      if (copy) {
        copy.seenBy.add(consumer)
        return copy.name
      }
      const name = `rabbitmq:${exchange}:unnamed-${run}-${++count}`
      copies.push({ name, at: now(), seenBy: new Set([consumer]) })
      known.set(key, copies)
      held += 1
      if (held > COPIES_MAX) forgetOldest()
      return name
    },
  }
}
