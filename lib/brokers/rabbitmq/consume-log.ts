import type { ConsumeMessage } from 'amqplib'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import type { Processing } from '../kit/simulated-processing.ts'
import type { ConsumeStrategy, Subscription } from './consume-strategy.ts'
import { type EnsureCause, type Ensured, NO_DEAD_LETTERS } from './managed-destination.ts'
import { type Claims, claimsOf } from './metadata.ts'
import { parsed, type ReaderSettings, readerSettings } from './settings.ts'
import type { Topology } from './topology.ts'

/** A value of `x-stream-offset` (rabbitmq.com/docs/streams#consuming). */
type BrokerOffset = 'first' | 'last' | number | { '!': 'timestamp'; value: number }
/** Where a subscription starts; `end`: what the end is at that moment. */
type Start = { at: 'end' } | { at: 'broker'; offset: BrokerOffset }

interface LogParts {
  topology: Topology
  /** The offset of the newest message of a stream; null when it is empty. Throws the raw error. */
  newestOf(stream: string): Promise<number | null>
}

const MS_PER_S = 1_000

/**
 * A reader of a stream, which keeps its own position: after a loss and after a pause it reads on from the next offset, so
 * that nothing is missed and nothing comes twice.
 */
export class LogStrategy implements ConsumeStrategy {
  readonly noun = 'reader'
  readonly settingsSchema = readerSettings
  readonly settles = false
  readonly pausesByCancel = true
  readonly afterLoss = 'read-on'
  readonly identityKey: string
  processing: Processing
  readonly #stream: string
  readonly #parts: LogParts
  #settings: ReaderSettings
  /** Where its next subscription starts; null: at the next offset, or where the last one started. */
  #pending: Start | null
  #start: BrokerOffset = 'first'
  #next: number | null = null
  #highest = -1
  #seeks = 0

  /** Throws AppError `invalid`. */
  constructor({ address, settings }: ConsumerSpec, parts: LogParts) {
    this.#stream = address
    this.#parts = parts
    this.identityKey = address
    this.#settings = parsed(readerSettings, settings, this.noun)
    this.#pending = startOf(this.#settings)
    this.processing = processingOf(this.#settings)
  }

  ensure(cause: EnsureCause): Promise<Ensured> {
    return this.#parts.topology.ensure(this.#stream, 'log', cause)
  }

  /** Turns the end into an offset: so it has a position even when it is lost before it reads anything. */
  async prepare(): Promise<void> {
    const to = this.#pending
    if (to === null) return
    const newest = to.at === 'end' ? await this.#parts.newestOf(this.#stream) : null
    this.#next = newest === null ? null : newest + 1
    this.#start = to.at === 'end' ? 'first' : to.offset
    if (this.#pending === to) this.#pending = null
  }

  subscription(): Subscription {
    return {
      queue: this.#stream,
      prefetch: this.#settings.prefetch,
      noAck: false,
      seeks: this.#seeks,
      arguments: { 'x-stream-offset': this.#next ?? this.#start },
    }
  }

  describe(message: ConsumeMessage, delivery: number): Delivery | null {
    const claims = claimsOf(message.properties)
    const offset = claims.streamOffset
    if (offset === undefined || (this.#next !== null && offset < this.#next)) return null
    const isAgain = offset <= this.#highest
    this.#next = offset + 1
    this.#highest = Math.max(this.#highest, offset)
    return describeEntry(message, claims, { address: this.#stream, offset, isAgain }, delivery)
  }

  deadLetterPolicy(): typeof NO_DEAD_LETTERS {
    return NO_DEAD_LETTERS
  }

  update(settings: Settings): void {
    const before = this.#settings
    const after = parsed(readerSettings, settings, this.noun)
    const to = startOf(after)
    this.#settings = after
    this.processing = processingOf(after)
    if (after.from !== before.from || after.offset !== before.offset) this.#move(to)
  }

  startOver(): void {
    this.#highest = -1
    this.#move({ at: 'broker', offset: 'first' })
  }

  seek(position: Seek): void {
    this.#move(seekTo(position))
  }

  position(): number | null {
    return this.#pending === null ? this.#next : null
  }

  #move(to: Start): void {
    this.#pending = to
    this.#seeks += 1
  }
}

const processingOf = ({ processingMs }: ReaderSettings): Processing => ({
  ackMode: 'automatic',
  processingMs,
  failurePercent: 0,
  onFailure: 'requeue',
})

function describeEntry(
  { content }: ConsumeMessage,
  claims: Claims,
  { address, offset, isAgain }: { address: string; offset: number; isAgain: boolean },
  delivery: number,
): Delivery {
  return {
    type: 'delivered',
    delivery,
    messageId: claims.messageId,
    identity: `rabbitmq:${address}:${offset}`,
    body: content,
    headers: claims.headers,
    sender: claims.sender,
    attempt: isAgain ? null : 1,
    redelivered: isAgain,
    address: { kind: 'entry', stream: address, id: String(offset) },
    inHand: false,
    at: now(),
  }
}

const fromTime = (ms: number): Start => ({
  at: 'broker',
  // The broker counts in whole seconds: rounding down reads up to one second more, and misses nothing.
  offset: { '!': 'timestamp', value: Math.floor(ms / MS_PER_S) },
})

function startOf({ from, offset }: ReaderSettings): Start {
  switch (from) {
    case 'first':
    case 'last':
      return { at: 'broker', offset: from }
    case 'next':
      return { at: 'end' }
    case 'number':
      return { at: 'broker', offset: offsetOf(offset) }
    case 'timestamp':
      return fromTime(timeOf(offset))
    default:
      return unreachable(from)
  }
}

function seekTo(position: Seek): Start {
  switch (position.to) {
    case 'earliest':
      return { at: 'broker', offset: 'first' }
    case 'latest':
      return { at: 'end' }
    case 'offset':
      return { at: 'broker', offset: offsetOf(position.offset) }
    case 'time':
      return fromTime(position.at)
    default:
      return unreachable(position)
  }
}

function offsetOf(text: string): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new AppError('invalid', `"${text}" is no offset of a RabbitMQ stream: those are whole numbers from 0`)
}

/** A date and time, or Unix time in milliseconds. */
function timeOf(text: string): number {
  const trimmed = text.trim()
  const value = /^\d+$/.test(trimmed) ? Number(trimmed) : Date.parse(trimmed)
  if (Number.isFinite(value)) return value
  throw new AppError('invalid', `"${text}" is no time; one looks like 2026-11-26T09:30:00Z`)
}
