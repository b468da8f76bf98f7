import type { Channel, ConsumeMessage } from 'amqplib'
import type { SettleVerb } from '#lib/protocol/command-schemas.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createMutex } from '#lib/util/mutex.ts'
import type { ConsumerSession } from '../kit/consumer-life.ts'
import { countdown, succeedsWithin, withDeadline } from '../kit/deadlines.ts'
import { wordsOf } from '../kit/failures.ts'
import type { BrokerConnection, OpenChannel } from './connection.ts'
import type { SubscriptionParameters } from './consume-strategy.ts'

/** From `basic.cancel` to the broker's cancel-ok, which says that no further delivery is on its way. */
const CANCEL_TIMEOUT_MS = 1_000
const SUBSCRIBE_TIMEOUT_MS = 5_000
/** Closing a channel and a connection takes two round trips. */
const CLOSE_TIMEOUT_MS = 2_000

/** Why a consumer lost its subscription without its own doing. */
export class SubscriptionLost extends Error {
  readonly by: 'connection' | 'channel' | 'cancel'

  constructor(by: SubscriptionLost['by'], text: string) {
    super(text)
    this.name = 'SubscriptionLost'
    this.by = by
  }
}

export interface SessionListener {
  onMessage(session: RabbitSession, message: ConsumeMessage, noAck: boolean): void
  /** The consumer is about to subscribe to that queue; the returned function is called when it has unsubscribed. */
  enter(queue: string): () => void
}

/**
 * One consumer's channel and subscription on its own connection; the caller subscribes. Its owner ends it with `leave` or
 * `destroy`.
 */
export class RabbitSession implements ConsumerSession {
  readonly ended: Promise<Error>
  readonly #connection: BrokerConnection
  readonly #opened: OpenChannel<Channel>
  /** The consumer tag. */
  readonly #tag: string
  readonly #listener: SessionListener
  /** One step at a time: a second subscription under a tag that is still in use would end the connection. */
  readonly #steps = createMutex()
  readonly #end = createDeferred<Error>()
  /** It was lost or left: nothing follows. */
  #isOver = false
  /** A polite close that is under way, because the connection outlived the subscription. */
  #closing: Promise<void> | null = null
  #isSubscribed = false
  #exit = () => {}

  constructor(
    connection: BrokerConnection,
    opened: OpenChannel<Channel>,
    tag: string,
    listener: SessionListener,
  ) {
    this.#connection = connection
    this.#opened = opened
    this.#tag = tag
    this.#listener = listener
    this.ended = this.#end.promise
    void connection.ended.then((error) => this.#lose('connection', wordsOf(error)))
    void opened.closed.then((error) => {
      const ended = connection.endReason
      this.#lose(ended ? 'connection' : 'channel', wordsOf(ended ?? error))
    })
  }

  /**
   * Subscribes, or subscribes anew: RabbitMQ applies a new prefetch to new subscriptions only
   * (rabbitmq.com/docs/consumer-prefetch). `prepare` is called when the old subscription delivers nothing any more. Throws
   * the raw error.
   */
  subscribe(prepare: (channel: Channel) => Promise<SubscriptionParameters>): Promise<void> {
    const { channel } = this.#opened
    return this.#inTurn('basic.consume', async () => {
      await this.#cancel()
      const subscription = await prepare(channel)
      const { queue, prefetch, noAck, arguments: given } = subscription
      await channel.prefetch(prefetch)
      this.#exit = this.#listener.enter(queue)
      const options = { consumerTag: this.#tag, noAck, arguments: given }
      await channel.consume(queue, (message) => this.#onMessage(message, subscription), options)
      this.#isSubscribed = true
    })
  }

  /** Resolves when nothing further is delivered. Throws the raw error. */
  unsubscribe(): Promise<void> {
    return this.#inTurn('basic.cancel', () => this.#cancel())
  }

  /** Uses the channel between two of these steps. Throws the raw error. */
  use(work: (channel: Channel) => Promise<void>): Promise<void> {
    return this.#inTurn('a declaration', () => work(this.#opened.channel))
  }

  /**
   * Writes the settlement. From RabbitMQ 4.3 on `basic.reject` counts as a failed delivery and `basic.nack` does not: a
   * requeue has to count towards a delivery limit, while a dead letter that brings such a count along arrives marked as
   * redelivered. False when the channel is gone: the broker delivers the message again.
   */
  settle(message: ConsumeMessage, verb: SettleVerb): boolean {
    const { channel } = this.#opened
    try {
      if (verb === 'ack') channel.ack(message)
      else if (verb === 'requeue') channel.reject(message, true)
      else channel.nack(message, false, false)
      return true
    } catch (error) {
      this.#lose('channel', wordsOf(error))
      return false
    }
  }

  /** The exchange that its queue was bound to is gone, which the broker does not report: closes, and reports the loss. */
  unbound(text: string): void {
    this.#lose('cancel', text)
  }

  destroy(reason: string): Promise<void> {
    return this.#closing ?? this.#connection.cut(reason)
  }

  /** Unsubscribes; when nothing further is delivered, runs `last` and closes channel and connection. Never throws. */
  async leave(deadlineMs: number, last: () => void): Promise<void> {
    const left = countdown(deadlineMs)
    // Without a cancel-ok, closing the channel ends the subscription all the same.
    await succeedsWithin('basic.cancel', Math.min(CANCEL_TIMEOUT_MS, left()), () => this.unsubscribe())
    last()
    this.#isOver = true
    this.#exit()
    // The channel first: its close travels behind the acks, while the connection's would overtake them.
    await this.#opened.close(left())
    await this.#connection.close(left())
  }

  #onMessage(message: ConsumeMessage | null, { queue, noAck }: SubscriptionParameters): void {
    // The broker itself cancels a subscription when the queue is deleted.
    if (message === null) this.#lose('cancel', `the queue "${queue}" was deleted`)
    else if (!this.#isOver) this.#listener.onMessage(this, message, noAck)
  }

  #lose(by: SubscriptionLost['by'], text: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#exit()
    if (by !== 'connection') this.#closing = this.#connection.close(CLOSE_TIMEOUT_MS)
    this.#end.resolve(new SubscriptionLost(by, text))
  }

  async #cancel(): Promise<void> {
    if (!this.#isSubscribed) return
    this.#isSubscribed = false
    await this.#opened.channel.cancel(this.#tag)
    this.#exit()
  }

  #inTurn(what: string, step: () => Promise<void>): Promise<void> {
    return withDeadline(what, SUBSCRIBE_TIMEOUT_MS, this.#steps.run(step))
  }
}
