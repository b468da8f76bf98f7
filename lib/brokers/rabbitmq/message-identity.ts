import { createHash, randomBytes } from 'node:crypto'
import { BoundedLists } from '#lib/util/bounded-lists.ts'
import { createBoundedMap } from '#lib/util/bounded-map.ts'
import { digestOf } from '#lib/util/digest.ts'

/**
 * Names for messages, the same at every consumer and redelivery as far as AMQP allows. A message with an id is named by
 * it and by its body, because any program may write any id, and by its number where the same was written again; many programs
 * set none, and their messages are matched by body. Two messages with equal bodies, without an id or with the same, may swap
 * names when they come again, which nobody can notice.
 */

/** Messages that were put back unsettled and may come again: enough for many full prefetch windows. */
const PUT_BACK_MAX = 10_000
/** Messages without an id whose copies may still arrive at other subscribers: enough for some seconds of traffic. */
const COPIES_MAX = 10_000
/** Messages with an id that may be written a second time. */
const FIRST_ARRIVALS_MAX = 10_000
const RUN_ID_BYTES = 6

/** A hash by which two bodies are compared. */
export const fingerprintOf = (body: Uint8Array): string => createHash('sha1').update(body).digest('base64')

/** The key by which a message that was put back into a queue is recognised when it comes again. */
export const recurrenceKeyOf = (messageId: string | null, body: Uint8Array): string =>
  messageId === null ? fingerprintOf(body) : `${messageId}:${digestOf(body)}`

const createRunId = (): string => randomBytes(RUN_ID_BYTES).toString('base64url')

/** An arrival of a message with an id. */
export interface NamedArrival {
  /** Where it arrived: a queue, or a subscriber. */
  at: string
  /** The queue or exchange that it was written to, by which it is named. */
  home: string
  messageId: string
  body: Uint8Array
  /** The digest of what rides beside the body and stays the same over all copies; absent where that does not tell them apart. */
  beside?: number
  /** It may have arrived there before, or under its name elsewhere: it was requeued or dead-lettered. */
  mayBeKnown: boolean
  /** It was delivered from there before. */
  redelivered: boolean
}

/** Names for the messages of queues, and for those with an id of exchanges. */
export class Identities {
  readonly #run = createRunId()
  readonly #putBack = new BoundedLists<string>(PUT_BACK_MAX)
  /** How often the same message with an id arrived somewhere for the first time. */
  readonly #arrivals = createBoundedMap<number>(FIRST_ARRIVALS_MAX)
  #count = 0

  /** A fresh name at its first arrival; a redelivered message takes over the name of one with the same body that was put back into that queue. */
  ofUnnamed(queue: string, redelivered: boolean, body: Uint8Array): string {
    const mayBeKnown = redelivered && this.#putBack.size > 0
    const known = mayBeKnown ? this.#putBack.shift(`${queue} ${fingerprintOf(body)}`) : undefined
    return known ?? `rabbitmq:${queue}:unnamed-${this.#run}-${++this.#count}`
  }

  /** Its id and its body name it; the second of the same that arrives there for the first time is another message. */
  ofNamed({ at, home, messageId, body, beside, mayBeKnown, redelivered }: NamedArrival): string {
    const key = recurrenceKeyOf(messageId, body)
    const known = mayBeKnown && this.#putBack.size > 0 ? this.#putBack.shift(`${at} ${key}`) : undefined
    if (known !== undefined) return known
    const name = `rabbitmq:${home}:${key}${beside === undefined ? '' : `:${beside}`}`
    if (redelivered) return name
    const place = `${at} ${name}`
    const number = (this.#arrivals.get(place) ?? 0) + 1
    this.#arrivals.add(place, number)
    return number === 1 ? name : `${name}:${number}`
  }

  /** A message was requeued, or went to the queue's dead letters, whose name is then `queue`. */
  putBack(queue: string, recurrenceKey: string, identity: string): void {
    this.#putBack.push(`${queue} ${recurrenceKey}`, identity)
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
