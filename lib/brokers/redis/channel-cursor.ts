import { alignReceived } from './channel-alignment.ts'
import {
  type ChannelOrder,
  type OrderReader,
  type Outside,
  OutsideQueue,
  type Sent,
} from './channel-order.ts'

/** One message with its identity. `messageId` is null for a message that is not ours. */
export interface Named {
  messageId: string | null
  /** By which every subscriber of ours names this message. */
  identity: string
  body: Buffer
  /** When it was read, Unix time in milliseconds. */
  at: number
}

export interface CursorHooks {
  deliver(named: Named): void
  /** It is too far behind: nothing is kept for it any more. Its owner starts it again, with a gap. */
  lagging(): void
  /**
   * It has just begun, or may wait for what never comes, or may have taken one text for another: its owner verifies its
   * position, one verification at a time: `mark`, PING on the subscriber's connection, `reach` at the reply.
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

/** How a cursor belongs to its channel: by the channel's name, or as one of the many of a pattern's subscriber. */
export interface CursorOptions {
  /** It comes and goes with the order, which lives only for messages on their way. */
  byPattern: boolean
  /** It was subscribed before the order began: whatever is sent in it is for it. */
  subscribedBefore: boolean
}

const BY_NAME: CursorOptions = { byPattern: false, subscribedBefore: false }

interface Received {
  body: Buffer
  at: number
}

/** `windowEnd`: of our messages up to it, the first ones may not be for this subscriber. */
interface Gathering {
  is: 'gathering'
  number: number
  windowEnd: number
  isVerifying: boolean
  received: Received[]
}

type Phase = Gathering | { is: 'reading' } | { is: 'left' }

/**
 * One subscriber's position in the order of a channel. At first, and whenever what it reads does not fit, it only gathers
 * what it reads, because some of ours may not be for it; once all of ours that were on their way have their receipts, it
 * asks its owner to `verify`. Redis answers in order, so whatever was published before the PING and is not there by its
 * reply never comes, and what was gathered can be named.
 */
export class Cursor implements OrderReader {
  passed: number
  readonly #order: ChannelOrder
  readonly #hooks: CursorHooks
  readonly #byPattern: boolean
  readonly #outside = new OutsideQueue()
  /** Uncertain messages up to here never came. */
  #lostUpTo = 0
  /** Uncertain messages that the last step left out: should one turn up after all, it is known. */
  #skipped: Sent[] = []
  #gatherings = 0
  #verifyAt: number
  #phase: Phase

  /** Make it directly before its SUBSCRIBE is written. */
  constructor(order: ChannelOrder, hooks: CursorHooks, { byPattern, subscribedBefore } = BY_NAME) {
    this.#order = order
    this.#hooks = hooks
    this.#byPattern = byPattern
    // Before the run of messages at the end that nobody is known to have heard.
    this.passed = order.heardUpTo(order.last)
    this.#verifyAt = order.limits.verifyAt
    this.#phase = subscribedBefore ? { is: 'reading' } : this.#gathering(Number.POSITIVE_INFINITY, [])
    order.readers.add(this)
  }

  get isForgettable(): boolean {
    return this.#byPattern && this.#phase.is === 'reading' && this.#isPastAll()
  }

  /** SUBSCRIBE was answered. */
  subscribed(): void {
    if (this.#phase.is !== 'gathering') return
    this.#phase.windowEnd = this.#order.last
    this.settled()
  }

  receive(body: Buffer, at: number): void {
    if (this.#phase.is === 'reading') {
      this.#name({ body, at }, false)
      this.#order.trim()
    } else if (this.#phase.is === 'gathering') {
      this.#phase.received.push({ body, at })
      if (this.#phase.received.length > this.#order.limits.maxBehind) this.lag()
    }
  }

  mark(): Mark {
    const { lastAnswered, lastHeard, lastSerial } = this.#order
    const gathering = this.#phase.is === 'gathering' && this.#phase.isVerifying ? this.#phase.number : 0
    return { answered: lastAnswered, heard: lastHeard, serial: lastSerial, gathering }
  }

  reach(mark: Mark): void {
    if (this.#phase.is === 'gathering' && this.#phase.number === mark.gathering) {
      this.#endGathering(this.#phase, mark)
    }
    if (this.#phase.is === 'reading') {
      // What was heard before the PING was written has been read: a cursor behind it took one text for another.
      this.passed = Math.max(this.passed, mark.heard)
      this.#lostUpTo = Math.max(this.#lostUpTo, mark.answered)
      this.#skipped = this.#skipped.filter(({ count }) => count > mark.answered)
      this.#outside.dropUpTo(mark.serial)
      this.#outside.dropBefore(this.#order.heardUpTo(this.passed))
      this.#verifyAt = this.#outside.size + this.#order.limits.verifyAt
    }
    this.#order.trim()
  }

  /** Its connection has ended. */
  leave(): void {
    this.#phase = { is: 'left' }
    this.#order.readers.delete(this)
    this.#order.trim()
  }

  settled(): void {
    const phase = this.#phase
    if (phase.is !== 'gathering' || phase.isVerifying || phase.windowEnd > this.#order.last) return
    if (this.#order.at(phase.windowEnd)?.state === 'unanswered') return
    phase.isVerifying = true
    this.#hooks.verify()
  }

  expect(outside: Outside): void {
    if (outside.after < this.#order.heardUpTo(this.passed)) return
    this.#outside.push(outside)
    const { maxBehind, maxBehindBytes } = this.#order.limits
    if (this.#outside.size > maxBehind || this.#outside.bytes > maxBehindBytes) this.lag()
    else if (this.#outside.size === this.#verifyAt) this.#hooks.verify()
  }

  lag(): void {
    this.leave()
    this.#hooks.lagging()
  }

  #gathering(windowEnd: number, received: Received[]): Gathering {
    return { is: 'gathering', number: ++this.#gatherings, windowEnd, isVerifying: false, received }
  }

  #endGathering({ received, windowEnd }: Gathering, { heard }: Mark): void {
    this.#phase = { is: 'reading' }
    const bodies = received.map(({ body }) => body)
    const from = { passed: this.passed, lostUpTo: this.#lostUpTo }
    this.passed = alignReceived(this.#order, from, bodies, windowEnd, heard)
    for (const arrival of received) this.#name(arrival, true)
  }

  #name({ body, at }: Received, isSure: boolean): void {
    const known = this.#recognise(body)
    if (!known && !isSure && this.passed < this.#order.lastHeard) {
      // One of ours was heard and has not come: it is next, and this is an outside one, or we took one for another.
      this.#phase = this.#gathering(this.#order.last, [{ body, at }])
      this.settled()
      return
    }
    const { identity } = known ?? this.#order.nameOutside(this, body, this.passed)
    this.#hooks.deliver({ messageId: known?.messageId ?? null, identity, body, at })
  }

  /**
   * Finds out what `body` is, and moves on; undefined when none of our subscribers has met it before. A certain message is
   * preferred to an uncertain one of equal text, which would have come long before it.
   */
  #recognise(body: Buffer): Pick<Named, 'messageId' | 'identity'> | undefined {
    const { certain, uncertain, limit } = this.#order.lookAhead(this.passed, this.#lostUpTo, body)
    const first = this.#outside.first()
    if (first && first.after < limit && body.equals(first.body)) return this.#meet(first)
    const ours = certain ?? uncertain
    if (ours) {
      this.#passTo(ours)
      return this.#identify(ours)
    }
    const outside = this.#outside.find((item) => item.after < limit && body.equals(item.body))
    if (outside) return this.#meet(outside)
    const late = this.#skipped.find((sent) => body.equals(sent.body))
    this.#skipped = this.#skipped.filter((sent) => sent !== late)
    return late && this.#identify(late)
  }

  #meet(outside: Outside): Pick<Named, 'messageId' | 'identity'> {
    this.#outside.remove(outside)
    return { messageId: null, identity: outside.identity }
  }

  #identify({ messageId }: Sent): Pick<Named, 'messageId' | 'identity'> {
    return { messageId, identity: `redis:${this.#order.channel}:${messageId}` }
  }

  #passTo(ours: Sent): void {
    this.#skipped = []
    for (let count = Math.max(this.passed, this.#lostUpTo) + 1; count < ours.count; count++) {
      const sent = this.#order.at(count)
      if (sent?.state === 'uncertain') this.#skipped.push(sent)
    }
    if (ours.state === 'uncertain') this.#order.confirm(ours)
    this.passed = ours.count
    this.#outside.dropBefore(ours.count)
  }

  /** Nothing that was sent or named is still to come. */
  #isPastAll(): boolean {
    if (this.#outside.size > 0 || this.#skipped.length > 0) return false
    for (let count = this.passed + 1; count <= this.#order.last; count++) {
      if (this.#order.at(count)?.state !== 'absent') return false
    }
    return true
  }
}
