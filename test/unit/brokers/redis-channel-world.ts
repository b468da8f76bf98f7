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
 * Redis as far as one channel goes, in slow motion: every connection is a pair of queues, and each step of a message is
 * taken on its own, so that a test can interleave them in any order. `foreign` listeners make every PUBLISH be heard.
 */
export function createChannelWorld({ foreign = false } = {}) {
  const order = new ChannelOrder('c', 'run')
  const subscribers: Subscriber[] = []
  const pipe: Array<{ sent: Sent; truth: Truth }> = []
  const replies: Array<{ sent: Sent; heardBy: number }> = []
  let serial = 0

  const broadcast = (truth: Truth): number => {
    const listening = subscribers.filter(({ subscribed, gone }) => subscribed && !gone)
    for (const { fromServer } of listening) fromServer.push({ what: 'message', truth })
    return listening.length + (foreign ? 1 : 0)
  }
  const ask = (subscriber: Subscriber) => {
    if (subscriber.gone) return
    subscriber.doubted = subscriber.asking
    if (subscriber.asking) return
    subscriber.asking = true
    subscriber.toServer.push({ what: 'ping', mark: subscriber.cursor.mark() })
  }
  const take = (subscriber: Subscriber, item: FromServer) => {
    const { cursor } = subscriber
    if (item.what === 'subscribed') cursor.subscribed()
    else if (item.what === 'message') {
      subscriber.heard.push(item.truth)
      cursor.receive(Buffer.from(item.truth.text), 0)
    } else {
      subscriber.asking = false
      subscriber.reading = true
      cursor.reach(item.mark)
      if (subscriber.doubted) ask(subscriber)
    }
  }
  const pick = (index: number) => subscribers.filter(({ gone }) => !gone)[index]

  const world = {
    order,
    subscribers,
    send: (text: string) => {
      const truth = { messageId: `ours-${++serial}`, serial, text }
      pipe.push({ sent: order.send(truth.messageId, Buffer.from(text)), truth })
    },
    outside: (text: string) => void broadcast({ messageId: null, serial: ++serial, text }),
    publish: () => {
      const next = pipe.shift()
      if (next) replies.push({ sent: next.sent, heardBy: broadcast(next.truth) })
    },
    reply: () => {
      const next = replies.shift()
      if (next) order.settle(next.sent, next.heardBy > 0 ? 'heard' : 'absent')
    },
    /** The publishing connection ends: what has no reply is uncertain; it may have been published or not. */
    breakPublisher: () => {
      const unanswered = [...replies.splice(0), ...pipe.splice(0)]
      for (const { sent } of unanswered) order.settle(sent, 'uncertain')
      for (const subscriber of subscribers) if (subscriber.reading) ask(subscriber)
    },
    join: () => {
      const subscriber: Subscriber = {
        cursor: new Cursor(order, {
          deliver: (named) => void subscriber.named.push(named),
          lagging: () => {
            throw new Error('nobody lags in so short a time')
          },
          verify: () => ask(subscriber),
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
      subscribers.push(subscriber)
    },
    leave: (index: number) => {
      const subscriber = pick(index)
      if (!subscriber) return
      subscriber.gone = true
      subscriber.cursor.leave()
      // What it had read but not identified yet is lost with it.
      subscriber.heard.length = subscriber.named.length
    },
    serve: (index: number) => {
      const subscriber = pick(index)
      const command = subscriber?.toServer.shift()
      if (!subscriber || !command) return
      if (command.what === 'subscribe') subscriber.subscribed = true
      subscriber.fromServer.push(
        command.what === 'ping' ? { what: 'pong', mark: command.mark } : { what: 'subscribed' },
      )
    },
    read: (index: number) => {
      const subscriber = pick(index)
      const item = subscriber?.fromServer.shift()
      if (subscriber && item) take(subscriber, item)
    },
    /** Lets everything that is on its way arrive. */
    drain: () => {
      const busy = () =>
        pipe.length + replies.length > 0 ||
        subscribers.some((s) => !s.gone && s.toServer.length + s.fromServer.length > 0)
      while (busy()) {
        world.publish()
        world.reply()
        subscribers.forEach((_, index) => void world.serve(index))
        subscribers.forEach((_, index) => void world.read(index))
      }
    },
  }
  return world
}

export type ChannelWorld = ReturnType<typeof createChannelWorld>
