import type { ConsumeMessage } from 'amqplib'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { TIME_MAX_MS } from '#lib/protocol/limits.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerSpec, Delivery } from '../contract.ts'
import type { Processing } from '../kit/simulated-processing.ts'
import { ConsumeStrategy, type StrategyParts, type SubscriptionParameters } from './consume-strategy.ts'
import { describeDelivery } from './delivery.ts'
import type { LostAt, Redeclarations } from './managed-destination.ts'
import { claimsOf } from './metadata.ts'
import { logConsumerSettings, parsed, type ReaderSettings } from './settings.ts'
import { newestOffset, oldestOffset, streamIdentity } from './stream-offsets.ts'

/** A value of `x-stream-offset` (rabbitmq.com/docs/streams#consuming). */
type BrokerOffset = 'first' | 'last' | number | { '!': 'timestamp'; value: number }
/** Where a subscription starts; `end`: what the end is at that moment. */
type Start = BrokerOffset | 'end'

const MS_PER_S = 1_000

/**
 * A reader of a stream, which keeps its own position: after a loss and after a pause it reads on from the next offset, so
 * that nothing is missed and nothing comes twice.
 */
export class LogStrategy extends ConsumeStrategy<typeof logConsumerSettings> {
  override readonly settles = false
  readonly afterLoss = 'read-on'
  processing: Processing
  /** Where its next subscription starts; null: at the next offset, or where the last one started. */
  #moveTo: Start | null
  #start: BrokerOffset = 'first'
  #next: number | null = null
  #highest = -1
  #seeks = 0
  /** Offsets that were not delivered while it was subscribed, until it is known whether they held messages. */
  #skipped: Array<{ from: number; to: number }> = []
  #isAsking = false
  /** How often the stream was gone and was declared anew. */
  #redeclarations = 0
  /** How often another program made it anew before anybody here saw that it was gone. */
  #replacements = 0

  constructor(spec: ConsumerSpec, parts: StrategyParts) {
    super(spec, parts, 'reader', logConsumerSettings)
    this.#moveTo = spec.madeAgain ? 'first' : startOf(this.settings)
    this.processing = processingOf(this.settings)
  }

  get identityKey(): string {
    return this.spec.address
  }

  override get pausesByCancel(): boolean {
    return true
  }

  override get position(): number | null {
    return this.#moveTo === null ? this.#next : null
  }

  override async ensure(lostAt: LostAt): Promise<Redeclarations> {
    const redeclarations = await super.ensure(lostAt)
    this.#redeclarations = redeclarations ?? 0
    return redeclarations
  }

  /** Turns the end into an offset: so it has a position even when it is lost before it reads anything. */
  async prepare(): Promise<void> {
    const to = this.#moveTo
    if (to === null) return this.#moveToKept()
    const newest = to === 'end' ? await newestOffset(this.parts.control, this.spec.address) : null
    this.#next = newest === null ? null : newest + 1
    this.#start = to === 'end' ? 'first' : to
    if (this.#moveTo === to) this.#moveTo = null
  }

  subscriptionParameters(): SubscriptionParameters {
    return {
      queue: this.spec.address,
      prefetch: this.settings.prefetch,
      noAck: false,
      seeks: this.#seeks,
      arguments: { 'x-stream-offset': this.#next ?? this.#start },
    }
  }

  describe(message: ConsumeMessage, delivery: number): Delivery | null {
    const claims = claimsOf(message.properties)
    const offset = claims.streamOffset
    if (offset === undefined || (this.#next !== null && offset < this.#next)) return null
    if (this.#next !== null && offset > this.#next) void this.#reportSkipped(this.#next, offset)
    const isAgain = offset <= this.#highest
    this.#next = offset + 1
    this.#highest = Math.max(this.#highest, offset)
    const stream = this.spec.address
    const made = this.#redeclarations + this.#replacements
    return describeDelivery(message, claims, delivery, {
      identity: streamIdentity(stream, made, offset),
      ...(claims.timestamp === undefined ? {} : { writtenAt: claims.timestamp * MS_PER_S }),
      attempt: isAgain ? null : 1,
      redelivered: isAgain,
      inHand: false,
      address: { kind: 'entry', stream, id: String(offset) },
    })
  }

  override update(settings: Settings): void {
    const before = this.settings
    const after = parsed(logConsumerSettings, settings, this.noun)
    const to = startOf(after)
    this.settings = after
    this.processing = processingOf(after)
    if (after.from !== before.from || after.offset !== before.offset) this.#move(to)
  }

  override startOver(): void {
    this.#highest = -1
    this.#move('first')
  }

  override seek(position: Seek): void {
    this.#move(seekTo(position))
  }

  /**
   * Where it would read on is not kept any more: it reads on at the oldest message that is, and reports what it missed. Where
   * the stream ends before that, another program made it again under the same name: it reads all of it.
   */
  async #moveToKept(): Promise<void> {
    const next = this.#next
    if (next === null) return
    const { control } = this.parts
    const ends = await this.#ask(async () => [
      await oldestOffset(control, this.spec.address),
      await newestOffset(control, this.spec.address),
    ])
    if (ends === null || this.#next !== next) return
    const [oldest, newest] = [ends[0] ?? 0, ends[1] ?? -1]
    if (newest + 1 < next) {
      this.#replacements += 1
      this.#next = null
      this.#highest = -1
      this.#start = 'first'
      const { address, name: consumer } = this.spec
      const text = replacedWords(address, next, newest + 1)
      this.parts.fault({ address, consumer, code: 'position-lost', text })
    } else if (oldest > next) {
      this.#next = oldest
      this.onRemoved(oldest - next)
    }
  }

  /**
   * Between two deliveries, offsets may be missing that retention has removed meanwhile, and such as never held a message:
   * the broker counts its own records (tracked offsets, producers' sequences) too. The oldest offset kept tells them apart.
   */
  async #reportSkipped(from: number, to: number): Promise<void> {
    this.#skipped.push({ from, to })
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#skipped.length > 0) {
      const skipped = this.#skipped
      this.#skipped = []
      const oldest = await this.#ask(() => oldestOffset(this.parts.control, this.spec.address))
      for (const hole of skipped) {
        const missed = Math.min(hole.to, oldest ?? 0) - hole.from
        if (missed > 0) this.onRemoved(missed)
      }
    }
    this.#isAsking = false
  }

  /** Null when the broker cannot say it now: the next delivery then shows what is missing. */
  #ask<T>(question: () => Promise<T>): Promise<T | null> {
    return question().catch((error: unknown) => {
      if (error instanceof AppError) return null
      throw error
    })
  }

  #move(to: Start): void {
    this.#moveTo = to
    this.#seeks += 1
  }
}

const processingOf = ({ processingMs }: ReaderSettings): Processing => ({
  ackMode: 'automatic',
  processingMs,
  failurePercent: 0,
  onFailure: 'requeue',
})

/** The broker counts in whole seconds: rounding down reads up to one second more, and misses nothing. */
const fromTime = (ms: number): Start => ({ '!': 'timestamp', value: Math.floor(ms / MS_PER_S) })

function startOf({ from, offset }: ReaderSettings): Start {
  switch (from) {
    case 'first':
    case 'last':
      return from
    case 'next':
      return 'end'
    case 'number':
      return offsetOf(offset)
    case 'timestamp':
      return fromTime(timeOf(offset))
    default:
      return unreachable(from)
  }
}

function seekTo(position: Seek): Start {
  switch (position.to) {
    case 'earliest':
      return 'first'
    case 'latest':
      return 'end'
    case 'offset':
      return offsetOf(position.offset)
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
  if (value >= 0 && value <= TIME_MAX_MS) return value
  throw new AppError('invalid', `"${text}" is no time; one looks like 2026-11-26T09:30:00Z`)
}

const replacedWords = (stream: string, next: number, end: number): string =>
  `the stream "${stream}" ends at offset ${end}, before ${next}, where reading was to go on: it was made again. It is read from its beginning.`
