/** What is known of one message of ours. `absent`: it reached nobody (0 receivers, refused, or never written). */
export type SentState = 'unanswered' | 'heard' | 'absent' | 'uncertain'

/** One message of ours. */
export interface Sent {
  /** Its number among ours on this channel, from 1. */
  readonly count: number
  readonly messageId: string
  readonly body: Uint8Array
  state: SentState
}

/** A message that is not ours, as the first of our subscribers that read it named it; the others get the same identity. */
export interface Outside {
  /** Its number among all named outside messages, from 1. */
  readonly serial: number
  readonly identity: string
  readonly body: Uint8Array
  /** It came after our message of this count, and before the next of ours that arrived. */
  readonly after: number
}

export interface OrderLimits {
  /** A subscriber that is further behind than this, in messages or in bytes, has to start again. */
  maxBehind: number
  maxBehindBytes: number
  /** A subscriber verifies its position once this many messages of other programs are ahead of it. */
  verifyAt: number
}

/**
 * As many as a room can still recognise (SENT_TABLE_MAX), and more bytes than Redis itself holds for a slow subscriber
 * (client-output-buffer-limit pubsub 32 MB, and about 4 MB in kernel buffers), so that Redis's own limit bites first.
 */
const DEFAULT_LIMITS: OrderLimits = {
  maxBehind: 100_000,
  maxBehindBytes: 48 * 1024 * 1024,
  verifyAt: 256,
}

/** Finding what can be forgotten means a look at every reader, so it is done once for at least this many messages. */
const TRIM_AT_LEAST = 64

/** What may come next for a reader, as far as it has a certain text. */
interface Ahead {
  /** The next message of ours that must come, if the body is its. */
  certain?: Sent
  /** The first uncertain message before it that has this body. */
  uncertain?: Sent
  /** The count of the next message of ours that must come, or of the one not yet sent. */
  limit: number
}

/** A subscriber of ours that reads the channel, as the channel's order knows it. */
export interface OrderReader {
  /** The count of the last message of ours that it is past. */
  readonly passed: number
  /** It was there before anything was sent, and has read all that was: it needs no order to read on. */
  readonly isForgettable: boolean
  /** One of ours has its receipt. */
  settled(): void
  /** Another reader met an outside message, which may be ahead of this one. */
  expect(outside: Outside): void
  /** It is too far behind. */
  lag(): void
}

/**
 * Redis pub/sub carries a text and nothing else, so only order shows which message a text is. This keeps that order for
 * one channel, as a pure computation: what we send, in the order in which it leaves on one connection; each subscriber of
 * ours reads it with a `Cursor`. It rests on two properties of Redis (redis.io/docs/latest/develop/pubsub): one
 * connection's commands run in order, and every subscriber of a channel sees the same sequence, of which it reads an
 * unbroken stretch while its connection lives. What it cannot know: a message from outside whose text equals one of ours
 * that is on its way.
 */
export class ChannelOrder {
  readonly channel: string
  readonly limits: OrderLimits
  readonly readers = new Set<OrderReader>()
  /** Makes the identities of outside messages differ from those of any other process or time. */
  readonly #run: string
  readonly #sent: Sent[] = []
  /** The count of the last message of ours that is known to be heard. */
  lastHeard = 0
  /** The serial number of the outside message that was named last. */
  lastSerial = 0
  /** The count of `#sent[0]`. */
  #first = 1
  #trimAt = TRIM_AT_LEAST

  constructor(channel: string, run: string, limits = DEFAULT_LIMITS) {
    this.channel = channel
    this.limits = limits
    this.#run = run
  }

  /** How many messages of ours are kept. */
  get kept(): number {
    return this.#sent.length
  }

  /** Nothing is kept, and no reader needs it: the whole order can be forgotten. */
  get isIdle(): boolean {
    if (this.readers.size === 0) return this.#sent.length === 0
    for (const reader of this.readers) if (!reader.isForgettable) return false
    return this.#sent.every(({ state }) => state !== 'unanswered')
  }

  at(count: number): Sent | undefined {
    return this.#sent[count - this.#first]
  }

  /** The count of the latest message of ours; 0 before the first. */
  get last(): number {
    return this.#first + this.#sent.length - 1
  }

  /** Every message of ours up to here has its receipt, or never will have one. */
  get lastAnswered(): number {
    return this.#lastBefore(this.last, ({ state }) => state === 'unanswered')
  }

  /** The last message of ours up to `count` that is known to be heard, as far as such are kept. */
  heardUpTo(count: number): number {
    return this.#lastBefore(count, ({ state }) => state !== 'heard')
  }

  /** Compares `body` with what comes next: the message of ours that must come, and the uncertain ones before it, which may. */
  lookAhead(passed: number, lostUpTo: number, body: Buffer): Ahead {
    let uncertain: Sent | undefined
    for (let count = passed + 1; ; count++) {
      const sent = this.at(count)
      if (!sent) return { uncertain, limit: count }
      if (sent.state === 'absent') continue
      if (sent.state !== 'uncertain') {
        return body.equals(sent.body)
          ? { certain: sent, uncertain, limit: count }
          : { uncertain, limit: count }
      }
      if (count > lostUpTo && !uncertain && body.equals(sent.body)) uncertain = sent
    }
  }

  /** Enters a message of ours. Call it directly before its PUBLISH is written, on the one publishing connection. */
  send(messageId: string, body: Uint8Array): Sent {
    const sent: Sent = { count: this.last + 1, messageId, body, state: 'unanswered' }
    this.#sent.push(sent)
    return sent
  }

  /** Enters what became of a message. Receipts of one connection come in order. */
  settle(sent: Sent, state: Exclude<SentState, 'unanswered'>): void {
    sent.state = state
    if (state === 'heard') this.lastHeard = sent.count
    for (const reader of this.readers) reader.settled()
    this.trim()
  }

  /** A message of ours whose receipt was lost has been read: it was heard. */
  confirm(sent: Sent): void {
    sent.state = 'heard'
    this.lastHeard = Math.max(this.lastHeard, sent.count)
  }

  /** Names a message that no reader has met, and announces it to the other readers. */
  nameOutside(finder: OrderReader, body: Buffer, after: number): Outside {
    const serial = ++this.lastSerial
    const identity = `redis:${this.channel}:outside:${this.#run}:${serial}`
    if (this.readers.size === 1) return { serial, identity, body, after }
    // A copy: what was read is a slice of a whole socket buffer, which keeping the slice would keep too.
    const outside = { serial, identity, body: Buffer.from(body), after }
    for (const reader of [...this.readers]) if (reader !== finder) reader.expect(outside)
    return outside
  }

  /** Forgets what has its receipt and every reader is past; readers that are too far behind lag. */
  trim(): void {
    if (this.readers.size > 0 && this.#sent.length < this.#trimAt) return
    this.#forgetPassed()
    if (this.readers.size > 0) this.#dropLagging()
    const { length } = this.#sent
    this.#trimAt = Math.max(TRIM_AT_LEAST, length + Math.min(length, this.limits.maxBehind / 4))
  }

  /** The last one up to `count` that does not belong to a run of `isPart` ending there. */
  #lastBefore(count: number, isPart: (sent: Sent) => boolean): number {
    let index = count - this.#first
    for (let sent = this.#sent[index]; sent && isPart(sent); sent = this.#sent[index]) index--
    return this.#first + index
  }

  #forgetPassed(): void {
    let upTo = this.last
    for (const { passed } of this.readers) upTo = Math.min(upTo, passed)
    let gone = 0
    while (this.#first + gone <= upTo && (this.#sent[gone]?.state ?? 'unanswered') !== 'unanswered') gone++
    this.#sent.splice(0, gone)
    this.#first += gone
  }

  #dropLagging(): void {
    const { maxBehind, maxBehindBytes } = this.limits
    let index = this.#sent.length - 1
    for (let bytes = 0; index >= 0 && this.#sent.length - index <= maxBehind; index--) {
      bytes += this.#sent[index]?.body.length ?? 0
      if (bytes > maxBehindBytes) break
    }
    for (const reader of [...this.readers]) if (reader.passed < this.#first + index) reader.lag()
  }
}

/** Removed items at the front are cut off together, so that each step costs the same however long the queue is. */
const CUT_AT = 1_024

/** Outside messages that others have read and one subscriber may still meet, in the order in which they were named. */
export class OutsideQueue {
  #items: Outside[] = []
  #head = 0
  bytes = 0

  get size(): number {
    return this.#items.length - this.#head
  }

  push(outside: Outside): void {
    this.#items.push(outside)
    this.bytes += outside.body.length
  }

  first(): Outside | undefined {
    return this.#items[this.#head]
  }

  find(matches: (outside: Outside) => boolean): Outside | undefined {
    return this.#items.find((outside, index) => index >= this.#head && matches(outside))
  }

  /** It was met. */
  remove(outside: Outside): void {
    if (this.first() === outside) {
      this.#shift()
      return
    }
    const index = this.#items.indexOf(outside, this.#head)
    if (index < 0) return
    this.#items.splice(index, 1)
    this.bytes -= outside.body.length
  }

  /** Drops those at the front that lie before our message of this count. */
  dropBefore(count: number): void {
    while ((this.first()?.after ?? count) < count) this.#shift()
  }

  /** Those named up to `serial` never come. */
  dropUpTo(serial: number): void {
    while ((this.first()?.serial ?? Number.POSITIVE_INFINITY) <= serial) this.#shift()
  }

  #shift(): void {
    this.bytes -= this.first()?.body.length ?? 0
    this.#head++
    if (this.#head === this.#items.length || this.#head >= CUT_AT) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
