import { Duplex } from 'node:stream'
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import * as z from 'zod'
import { tlsOptionsFor } from '#lib/util/tcp-exchange.ts'
import { writeAlwaysTogether } from '#lib/util/write-together.ts'
import type { ConnectionRoute } from '../contract.ts'
import { countdown, succeedsWithin } from '../kit/deadlines.ts'
import { keepRawProperties } from './basic-properties.ts'
import type { AmqpTarget } from './broker-urls.ts'
import { deliverUnreadable } from './unreadable-properties.ts'

/** For the TCP connection and AMQP's opening. A broker that is up does it in 10 ms. */
const CONNECT_TIMEOUT_MS = 4_000
/** From close-ok to the end of the socket. */
const HANGUP_TIMEOUT_MS = 1_000

const serverSchema = z.object({ version: z.string().catch('unknown') }).catch({ version: 'unknown' })
const internalsSchema = z.object({
  stream: z.instanceof(Duplex),
  serverProperties: serverSchema,
  muxer: z.custom<FrameWriter>(
    (value) => typeof value === 'object' && value !== null && '_readIncoming' in value,
  ),
})

/** The part of the client library that writes the frames of all channels to the socket. */
interface FrameWriter {
  scheduledRead: boolean
  _readIncoming(): void
  _scheduleRead(): void
}

/** When frames are written: the first of a turn of the event loop at once, for publishing, or all at its end. */
export type Writes = 'first-at-once' | 'gathered'

export interface ConnectOptions {
  /** `gathered` when absent. */
  writes?: Writes
  /** Absent: straight to the broker. */
  route?: ConnectionRoute | undefined
}

/** Opens one connection, Nagle off (44 ms per round trip otherwise), named `name` on the broker. Throws the raw error. */
export async function openConnection(
  target: AmqpTarget,
  name: string,
  { writes = 'gathered', route }: ConnectOptions = {},
): Promise<BrokerConnection> {
  const { host, port, tls } = target
  const through = route === undefined ? { host, port } : await route.reach({ host, port })
  const model = await connect(connectOptions(target, through), {
    noDelay: true,
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: name },
    ...(tls && withoutPlace(tlsOptionsFor({ host, port, tls }))),
  })
  deliverUnreadable(model)
  // Around it, so that the bytes of what cannot be decoded are kept too.
  keepRawProperties(model)
  return new BrokerConnection(model, writes)
}

const withoutPlace = ({ host: _host, port: _port, ...options }: ReturnType<typeof tlsOptionsFor>) => options

/** The client library's own reading of a URL does not know non-ASCII characters: it gets the parts. */
function connectOptions(
  { tls, username, password, vhost, heartbeatS, query }: AmqpTarget,
  { host, port }: Pick<AmqpTarget, 'host' | 'port'>,
) {
  const asked = (name: string) => (query.has(name) ? { [name]: Number(query.get(name)) } : {})
  return {
    protocol: tls ? 'amqps' : 'amqp',
    hostname: host,
    port,
    username,
    password,
    // This part it decodes all the same.
    vhost: encodeURIComponent(vhost),
    heartbeat: heartbeatS,
    ...asked('frameMax'),
    ...asked('channelMax'),
  }
}

/**
 * One AMQP connection that reports its end reliably. Its owner ends it with `close` or `cut`. It never reconnects by itself:
 * `kit/session-keeper.ts` opens the next one, for the driver and for each consumer.
 */
export class BrokerConnection {
  readonly version: string
  /** Resolves (never rejects) with the reason once the connection has ended, by either side. */
  readonly ended: Promise<Error>
  readonly #model: ChannelModel
  readonly #stream: Duplex
  readonly #socketGone: Promise<void>
  #endReason: Error | null = null

  constructor(model: ChannelModel, writes: Writes) {
    const { stream, serverProperties, muxer } = internalsSchema.parse(model.connection)
    // The client library writes every frame by itself.
    writeAlwaysTogether(stream)
    if (writes === 'first-at-once') writeFirstAtOnce(muxer)
    this.version = serverProperties.version
    this.#model = model
    this.#stream = stream
    this.#socketGone = new Promise((resolve) => void stream.once('close', resolve))
    let failure: Error | null = null
    model.on('error', (error) => (failure ??= error))
    this.ended = new Promise((resolve) => {
      model.on('close', (error) => {
        this.#endReason ??= failure ?? error ?? new Error('the connection was closed')
        resolve(this.#endReason)
      })
    })
    // The client library does not notice a socket destroyed without an error: its confirms would never settle and its
    // heartbeat timers would go on.
    stream.once('close', () => {
      if (this.#endReason === null) stream.emit('error', new Error('the socket was closed'))
    })
  }

  /** The reason why it has ended; null until then. */
  get endReason(): Error | null {
    return this.#endReason
  }

  async openChannel(): Promise<OpenChannel<Channel>> {
    return new OpenChannel(await this.#model.createChannel())
  }

  async openConfirmChannel(): Promise<OpenChannel<ConfirmChannel>> {
    return new OpenChannel(await this.#model.createConfirmChannel())
  }

  /** Called with the reason of `connection.blocked`, and with null for `connection.unblocked`. */
  onBlocked(listener: (reason: string | null) => void): void {
    this.#model.on('blocked', (reason) => listener(reason || 'no reason given'))
    this.#model.on('unblocked', () => listener(null))
  }

  /** Closes with `connection.close`, and destroys the socket when that takes longer. Idempotent, never throws. */
  async close(deadlineMs: number): Promise<void> {
    const left = countdown(deadlineMs)
    if (this.#endReason === null) await succeedsWithin('connection.close', left(), () => this.#model.close())
    await succeedsWithin('the end of the socket', Math.min(HANGUP_TIMEOUT_MS, left()), () => this.#socketGone)
    await this.cut('closed')
  }

  /** Destroys the socket without `connection.close`; resolves once it is gone. Idempotent. */
  async cut(reason: string): Promise<void> {
    if (!this.#stream.destroyed) this.#stream.destroy(new Error(reason))
    await this.#socketGone
  }
}

/** A channel with an `error` listener, without which a 404 would end the whole connection. */
export class OpenChannel<C extends Channel> {
  readonly channel: C
  /** Resolves (never rejects) with the reason once it is closed, by either side. */
  readonly closed: Promise<Error>
  #isClosed = false

  constructor(channel: C) {
    this.channel = channel
    let failure: Error | null = null
    channel.on('error', (error) => (failure ??= error))
    this.closed = new Promise((resolve) => {
      channel.on('close', () => {
        this.#isClosed = true
        resolve(failure ?? new Error('the channel was closed'))
      })
    })
  }

  /** Waits for the broker's close-ok; frames written before it (acks) have arrived then. Never throws. */
  async close(deadlineMs: number): Promise<void> {
    if (!this.#isClosed) await succeedsWithin('channel.close', deadlineMs, () => this.channel.close())
  }
}

/**
 * The client library writes frames once everything else of the event loop's turn is done: a lone message would leave behind
 * all that the dashboard does about it. Here the first frames of a turn leave as soon as the running code ends. Those that
 * follow in the same turn are gathered as before, so that a burst makes no more system calls.
 */
function writeFirstAtOnce(muxer: FrameWriter): void {
  let isFirst = true
  const write = () => {
    muxer.scheduledRead = false
    muxer._readIncoming()
  }
  muxer._scheduleRead = () => {
    if (muxer.scheduledRead) return
    muxer.scheduledRead = true
    if (!isFirst) return void setImmediate(write)
    isFirst = false
    setImmediate(() => {
      isFirst = true
    })
    process.nextTick(write)
  }
}
