import type { Declared, OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import type { Absence, Attempt } from '#lib/brokers/kit/consumer-life.ts'
import { unlessAborted } from '#lib/brokers/kit/deadlines.ts'
import { noteOf } from '#lib/brokers/kit/declaration-notes.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import type { Named } from './channel-cursor.ts'
import type { Channels } from './channels.ts'
import type { Connection } from './connection.ts'
import { type ConsumerOptions, type DriverParts, RedisConsumer } from './consume.ts'
import { Destination } from './destination.ts'
import { readChannelFacts } from './facts.ts'
import { fanoutMode, notCapable } from './manifest.ts'
import { channelMetadata } from './metadata.ts'
import { globOf } from './names.ts'
import { lackNote } from './permissions.ts'
import { publishToChannel } from './publish.ts'
import { channelNote } from './server-kind.ts'
import { SUBSCRIBER, type SubscriberSettings } from './settings.ts'
import { LaggingError, openSubscription, type Subscription } from './subscription.ts'

/** A channel, of which Redis keeps nothing: there is nothing to make, alter or delete. */
export class Channel extends Destination {
  readonly kind = 'channel'
  readonly #channels: Channels

  constructor(parts: DriverParts, address: string, channels: Channels) {
    super(parts, address)
    this.#channels = channels
  }

  async declare(): Promise<Declared> {
    const connection = this.parts.questions()
    const lack = lackNote(connection.lacks, ['INFO', 'PUBSUB', 'CLIENT LIST'])
    const note = noteOf(await channelNote(connection), lack)
    return { traits: ['keeps nothing'], ...note, existed: false }
  }

  async alter(): Promise<Declared> {
    throw notCapable(fanoutMode, 'alter')
  }

  /** Forgets the channel's order, if nothing is on its way. */
  override async remove(): Promise<void> {
    this.#channels.tidy(this.address)
  }

  protected write(message: OutgoingMessage): Promise<Receipt> {
    return publishToChannel(this.parts.publisher(), this.#channels, this.address, message)
  }

  createConsumer(options: ConsumerOptions): RedisConsumer {
    return new Subscriber(options, this.#channels)
  }

  facts(): Promise<FanoutFacts> {
    const consumers: readonly object[] = this.parts.consumers.all()
    const subscribers = consumers.filter((consumer) => consumer instanceof Subscriber)
    return readChannelFacts(this.parts.questions(), this.address, subscribers)
  }

  protected async delete(): Promise<void> {}
}

/**
 * A subscriber of one channel, or of all that match a pattern, on a connection of its own. A lost connection is replaced
 * by itself, with a `gap`: what was published meanwhile is gone, as Redis pub/sub has it.
 */
class Subscriber extends RedisConsumer<Subscription, SubscriberSettings> {
  /** What it PSUBSCRIBEd to; null: it subscribed to its channel by name. */
  readonly glob: string | null
  readonly #channels: Channels
  /** The same for each message of a channel; null where it depends on the channel that matched. */
  readonly #metadata: ReturnType<typeof channelMetadata> | null
  readonly #inbox: Inbox
  /** Present while paused; resolved when it reads again. */
  #paused: Deferred<void> | undefined
  /** When facts first showed that Redis had dropped it while it did not read. */
  #droppedAt: number | undefined

  /** Throws AppError `invalid`. */
  constructor(options: ConsumerOptions, channels: Channels) {
    super(options, fanoutMode, SUBSCRIBER)
    const { address } = options.spec
    const { listensTo, pattern } = this.settings
    this.#channels = channels
    this.glob = listensTo === 'pattern' ? globOf(address, pattern) : null
    this.#metadata = this.glob === null ? channelMetadata(address, address, null) : null
    this.#inbox = new Inbox(
      () => this.settings.processingMs,
      () => this.#setReading(),
    )
  }

  /** Redis's number for its connection; undefined while it has none. */
  get clientId(): number | undefined {
    return this.life.isAttached ? (this.life.session?.connection.clientId ?? undefined) : undefined
  }

  /** Redis was seen not to know this connection any more. */
  droppedByBroker(clientId: number): void {
    if (this.clientId !== clientId) return
    if (!this.#paused && !this.#inbox.isBusy) {
      void this.life.session?.destroy()
      return
    }
    if (this.#droppedAt !== undefined) return
    this.#droppedAt = now()
    this.fault(
      'dropped',
      `Redis has closed the connection of ${this.spec.name}, which does not read: what is sent until it reads again is lost to it`,
    )
  }

  override brokerIsBack(): void {
    super.brokerIsBack()
    // What the lost publishing connection had sent may never have been published.
    if (this.life.isAttached) this.life.session?.verify()
  }

  async pause(): Promise<void> {
    if (this.#paused || this.life.isEnded) return
    this.#paused = createDeferred()
    this.#inbox.setPaused(true)
    this.#setReading()
  }

  async resume(): Promise<void> {
    this.#paused?.resolve()
    this.#paused = undefined
    this.#inbox.setPaused(false)
    this.#setReading()
    // It may have been cut while it did not read: that is reported once the caller knows that it is not paused any more.
    setImmediate(() => this.life.reportAbsence())
  }

  override leave(): Promise<void> {
    this.#inbox.close()
    return super.leave()
  }

  protected onUpdated(): void {
    this.#inbox.renew()
  }

  /** While it does not read, it would not notice the loss of a new connection either. */
  async untilUp(signal: AbortSignal): Promise<void> {
    if (this.#paused) await unlessAborted(signal, this.#paused.promise, () => undefined)
  }

  reportsAbsence(): boolean {
    return this.#paused === undefined
  }

  open({ signal, absence }: Attempt<Subscription>): Promise<Subscription> {
    return openSubscription({
      connection: this.connectionOptions(signal),
      channels: this.#channels,
      channel: this.spec.address,
      glob: this.glob,
      deliver: (named, channel) => this.#receive(named, channel),
      onSubscribed: (connection) => this.#emitGap(connection, absence),
    })
  }

  onAttached(subscription: Subscription): void {
    if (this.#paused || this.#inbox.isBusy) subscription.setReading(false)
  }

  override onEnded(): void {
    this.#inbox.close()
    super.onEnded()
  }

  goodbye(subscription: Subscription, stepMs: number): Promise<void> {
    return subscription.quit(stepMs)
  }

  #setReading(): void {
    if (this.life.isAttached) this.life.session?.setReading(!this.#paused && !this.#inbox.isBusy)
  }

  #receive(named: Named, channel: string): void {
    if (this.settings.processingMs === 0 && !this.#inbox.isBusy && !this.#paused) this.#emit(named, channel)
    else this.#inbox.push(() => this.#emit({ ...named, at: now() }, channel), true)
  }

  #emit({ messageId, identity, body, at }: Named, channel: string): void {
    this.life.emit({
      type: 'delivered',
      delivery: this.nextDelivery(),
      messageId,
      identity,
      body,
      attempt: 1,
      redelivered: false,
      ...(this.#metadata ?? channelMetadata(this.spec.address, channel, this.glob)),
      at,
    })
  }

  #emitGap({ runId }: Connection, absence: Absence | null): void {
    const since = Math.min(absence?.since ?? 0, this.#droppedAt ?? Number.POSITIVE_INFINITY)
    this.#droppedAt = undefined
    const gap = this.gapAfter(absence && { ...absence, since }, runId)
    if (!gap) return
    const event = absence?.error instanceof LaggingError ? ({ ...gap, reason: 'lagging' } as const) : gap
    // What was read before the loss comes before the gap.
    this.#inbox.push(() => this.life.emit(event), false)
  }
}

/** What a subscriber has read, one after another: it processes each message before it takes the next. */
class Inbox {
  readonly #processingMs: () => number
  readonly #onBusy: () => void
  #waiting: Array<{ emit: () => void; isMessage: boolean }> = []
  #isPaused = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(processingMs: () => number, onBusy: () => void) {
    this.#processingMs = processingMs
    this.#onBusy = onBusy
  }

  /** It processes a message, or holds more: the subscriber should not read on. */
  get isBusy(): boolean {
    return this.#timer !== undefined || this.#waiting.length > 0
  }

  /** A message takes its processing time. What takes none and meets an empty inbox is emitted at once. */
  push(emit: () => void, isMessage: boolean): void {
    if (this.#isClosed) return
    this.#waiting.push({ emit, isMessage })
    this.#continue()
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#continue()
  }

  /** The processing time has changed: a message under way ends at once where there is none any more. */
  renew(): void {
    if (this.#timer !== undefined && this.#processingMs() === 0) this.#endProcessing()
  }

  /** Emits nothing more. Idempotent. */
  close(): void {
    this.#isClosed = true
    this.#waiting = []
    this.#endProcessing()
  }

  #continue(): void {
    while (!this.#isPaused && this.#timer === undefined) {
      const next = this.#waiting.shift()
      if (!next) break
      next.emit()
      const ms = next.isMessage ? this.#processingMs() : 0
      if (ms > 0 && !this.#isClosed) this.#timer = setTimeout(() => this.#endProcessing(), ms)
    }
    this.#onBusy()
  }

  #endProcessing(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#continue()
  }
}
