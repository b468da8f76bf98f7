import { createHash, randomBytes } from 'node:crypto'
import { BoundedLists } from '#lib/util/bounded-lists.ts'
import { digestOf } from '#lib/util/digest.ts'

/**
 * Names for messages, the same at every consumer and redelivery as far as AMQP allows. A message with an id is named by
 * it and by its body, because any program may write any id; many programs set none, and their messages are matched by
 * body. Two messages without an id and with equal bodies may swap names, which nobody can notice.
 */

/** Messages without an id that were returned unsettled and may come again: enough for many full prefetch windows. */
const RETURNED_MAX = 10_000
/** Messages without an id whose copies may still arrive at other subscribers: enough for some seconds of traffic. */
const COPIES_MAX = 10_000
const RUN_ID_BYTES = 6
/** Digits and letters: the shortest form that a number can be printed in. */
const DIGEST_RADIX = 36

/** A hash by which two bodies are compared. */
export const fingerprintOf = (body: Uint8Array): string => createHash('sha1').update(body).digest('base64')

const createRunId = (): string => randomBytes(RUN_ID_BYTES).toString('base64url')

/** Names for the messages of queues. */
export class Identities {
  readonly #run = createRunId()
  readonly #returned = new BoundedLists<string>(RETURNED_MAX)
  #count = 0

  /**
   * Without a `messageId`: a fresh name at its first arrival; a redelivered message takes over the name of a returned one
   * with the same body in that queue.
   */
  of(queue: string, messageId: string | null, redelivered: boolean, body: Uint8Array): string {
    if (messageId !== null) return `rabbitmq:${queue}:${messageId}:${digestOf(body).toString(DIGEST_RADIX)}`
    const mayBeKnown = redelivered && this.#returned.size > 0
    const known = mayBeKnown ? this.#returned.shift(`${queue} ${fingerprintOf(body)}`) : undefined
    return known ?? `rabbitmq:${queue}:unnamed-${this.#run}-${++this.#count}`
  }

  /** A message without an id went back to the queue. */
  returned(queue: string, fingerprint: string, identity: string): void {
    this.#returned.push(`${queue} ${fingerprint}`, identity)
  }
}

/**
 * Names for messages without an id that an exchange copies to several subscribers. Nothing on a copy refers to the
 * others, so they are matched by body and order: what one subscriber gets as its nth of such bodies is the nth of the
 * others.
 */
export class Copies {
  readonly #run = createRunId()
  readonly #known = new BoundedLists<{ name: string; at: number; seenBy: Set<string> }>(COPIES_MAX)
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** `since`: when this subscriber was bound, Unix time in milliseconds; it gets no copy of earlier messages. */
  nameOf(exchange: string, consumer: string, since: number, fingerprint: string): string {
    const key = `${exchange} ${fingerprint}`
    const copy = this.#known.of(key).find(({ at, seenBy }) => at >= since && !seenBy.has(consumer))
    if (copy) {
      copy.seenBy.add(consumer)
      return copy.name
    }
    const name = `rabbitmq:${exchange}:unnamed-${this.#run}-${++this.#count}`
    this.#known.push(key, { name, at: this.#now(), seenBy: new Set([consumer]) })
    return name
  }
}
