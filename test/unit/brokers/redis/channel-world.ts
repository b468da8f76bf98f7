import { Cursor, type Mark, type Named } from '#lib/brokers/redis/channel-cursor.ts'
import { ChannelOrder, type Sent } from '#lib/brokers/redis/channel-order.ts'

/** What the reference model knows of a message, and the order must find out. */
interface Truth {
  messageId: string | null
  serial: number
  text: string
}

type FromServer = { what: 'subscribed' } | { what: 'message'; truth: Truth } | { what: 'pong'; mark: Mark }
type ToServer = { what: 'subscribe' } | { what: 'ping'; mark: Mark }

interface Subscriber {
  cursor: Cursor
  gone: boolean
  asking: boolean
  doubted: boolean
  subscribed: boolean
  reading: boolean
  toServer: ToServer[]
  fromServer: FromServer[]
  heard: Truth[]
  named: Named[]
}

/**
 * Redis as far as one channel is concerned, in slow motion: every connection is a pair of queues, and a message takes each
 * step on its own, so that a test can interleave them in any order.
 */
export class ChannelWorld {
  readonly order = new ChannelOrder('c', 'run')
  readonly subscribers: Subscriber[] = []
  readonly #pipe: Array<{ sent: Sent; truth: Truth }> = []
  readonly #replies: Array<{ sent: Sent; heardBy: number }> = []
  readonly #foreign: boolean
  #serial = 0

  /** `foreign` listeners make every PUBLISH be heard. */
  constructor({ foreign = false } = {}) {
    this.#foreign = foreign
  }

  send(text: string): void {
    const serial = ++this.#serial
    const truth = { messageId: `ours-${serial}`, serial, text }
    this.#pipe.push({ sent: this.order.send(truth.messageId, Buffer.from(text)), truth })
  }

  outside(text: string): void {
    this.#broadcast({ messageId: null, serial: ++this.#serial, text })
  }

  publish(): void {
    const next = this.#pipe.shift()
    if (next) this.#replies.push({ sent: next.sent, heardBy: this.#broadcast(next.truth) })
  }

  reply(): void {
    const next = this.#replies.shift()
    if (next) this.order.settle(next.sent, next.heardBy > 0 ? 'heard' : 'absent')
  }

  /** The publishing connection ends: what has no reply is uncertain; it may have been published or not. */
  breakPublisher(): void {
    const unanswered = [...this.#replies.splice(0), ...this.#pipe.splice(0)]
    for (const { sent } of unanswered) this.order.settle(sent, 'uncertain')
    for (const subscriber of this.subscribers) if (subscriber.reading) this.#verify(subscriber)
  }

  join(): void {
    const subscriber: Subscriber = {
      cursor: new Cursor(this.order, {
        deliver: (named) => void subscriber.named.push(named),
        lagging: () => {
          throw new Error('no subscriber lags in so short a time')
        },
        verify: () => this.#verify(subscriber),
      }),
      gone: false,
      asking: false,
      doubted: false,
      subscribed: false,
      reading: false,
      toServer: [{ what: 'subscribe' }],
      fromServer: [],
      heard: [],
      named: [],
    }
    this.subscribers.push(subscriber)
  }

  leave(index: number): void {
    const subscriber = this.#pick(index)
    if (!subscriber) return
    subscriber.gone = true
    subscriber.cursor.leave()
    // What it had read but not identified yet is lost with it.
    subscriber.heard.length = subscriber.named.length
  }

  serve(index: number): void {
    const subscriber = this.#pick(index)
    const command = subscriber?.toServer.shift()
    if (!subscriber || !command) return
    if (command.what === 'subscribe') subscriber.subscribed = true
    subscriber.fromServer.push(
      command.what === 'ping' ? { what: 'pong', mark: command.mark } : { what: 'subscribed' },
    )
  }

  read(index: number): void {
    const subscriber = this.#pick(index)
    const item = subscriber?.fromServer.shift()
    if (subscriber && item) this.#take(subscriber, item)
  }

  /** Lets everything that is on its way arrive. */
  drain(): void {
    const isBusy = ({ gone, toServer, fromServer }: Subscriber) =>
      !gone && toServer.length + fromServer.length > 0
    while (this.#pipe.length + this.#replies.length > 0 || this.subscribers.some(isBusy)) {
      this.publish()
      this.reply()
      this.subscribers.forEach((_, index) => void this.serve(index))
      this.subscribers.forEach((_, index) => void this.read(index))
    }
  }

  #broadcast(truth: Truth): number {
    const listening = this.subscribers.filter(({ subscribed, gone }) => subscribed && !gone)
    for (const { fromServer } of listening) fromServer.push({ what: 'message', truth })
    return listening.length + (this.#foreign ? 1 : 0)
  }

  #verify(subscriber: Subscriber): void {
    if (subscriber.gone) return
    subscriber.doubted = subscriber.asking
    if (subscriber.asking) return
    subscriber.asking = true
    subscriber.toServer.push({ what: 'ping', mark: subscriber.cursor.mark() })
  }

  #take(subscriber: Subscriber, item: FromServer): void {
    const { cursor } = subscriber
    if (item.what === 'subscribed') cursor.subscribed()
    else if (item.what === 'message') {
      subscriber.heard.push(item.truth)
      cursor.receive(Buffer.from(item.truth.text), 0)
    } else {
      subscriber.asking = false
      subscriber.reading = true
      cursor.reach(item.mark)
      if (subscriber.doubted) this.#verify(subscriber)
    }
  }

  #pick(index: number): Subscriber | undefined {
    return this.subscribers.filter(({ gone }) => !gone)[index]
  }
}
