import { Duplex } from 'node:stream'
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { z } from 'zod'
import { createDeferred } from '#lib/util/deferred.ts'
import { countdown, succeedsWithin } from '../kit/deadlines.ts'

/** For the TCP connection and AMQP's opening. A broker that is up does it in 10 ms. */
const CONNECT_TIMEOUT_MS = 4_000
/** From close-ok to the end of the socket. */
const HANGUP_TIMEOUT_MS = 1_000

/** RabbitMQ's guide recommends 5 to 20 s: below that a busy machine looks dead (rabbitmq.com/docs/heartbeats). */
const HEARTBEAT_S = 10
const MANAGEMENT_PORT = 15_672

const serverSchema = z.object({ version: z.string().catch('unknown') }).catch({ version: 'unknown' })
const internalsSchema = z.object({
  stream: z.instanceof(Duplex),
  serverProperties: z.unknown(),
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

/** One broker's URLs, parsed once. */
export interface BrokerUrls {
  /** The broker's URL with a heartbeat, unless it already asks for one. */
  connectUrl: string
  /** The virtual host's name; `/` is the default one. */
  vhost: string
  management: { origin: string; secure: boolean; authorization: string }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}

/** Without `managementUrl`: the broker's host and credentials, port 15672. Throws TypeError for what is no URL. */
export function parseBrokerUrls(url: string, managementUrl?: string): BrokerUrls {
  const broker = new URL(url)
  const vhost = decoded(broker.pathname.replace(/^\//, '')) || '/'
  const management = new URL(managementUrl ?? `http://${broker.hostname}:${MANAGEMENT_PORT}`)
  const user = decoded(management.username || broker.username) || 'guest'
  const password = decoded(management.password || broker.password) || 'guest'
  if (!broker.searchParams.has('heartbeat')) broker.searchParams.set('heartbeat', String(HEARTBEAT_S))
  return {
    connectUrl: broker.toString(),
    vhost,
    management: {
      origin: `${management.origin}${management.pathname.replace(/\/$/, '')}`,
      secure: management.protocol === 'https:',
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    },
  }
}

/**
 * One AMQP connection that reports its end reliably. Its owner ends it with `close` or `cut`; it never reconnects by
 * itself.
 */
export interface BrokerConnection {
  readonly version: string
  /** Resolves (never rejects) with the reason once the connection has ended, by either side. */
  readonly ended: Promise<Error>
  /** The reason why it has ended; null until then. */
  endReason(): Error | null
  /** A channel with an `error` listener; without one a 404 on it would end the whole connection. */
  openChannel(): Promise<OpenChannel<Channel>>
  openConfirmChannel(): Promise<OpenChannel<ConfirmChannel>>
  /** Called with the reason of `connection.blocked`, and with null for `connection.unblocked`. */
  onBlocked(listener: (reason: string | null) => void): void
  /** Closes with `connection.close`, and destroys the socket when that takes longer. Idempotent, never throws. */
  close(deadlineMs: number): Promise<void>
  /** Destroys the socket without `connection.close`; resolves once it is gone. Idempotent. */
  cut(reason: string): Promise<void>
}

export interface OpenChannel<C extends Channel> {
  readonly channel: C
  /** Resolves (never rejects) with the reason once it is closed, by either side. */
  readonly closed: Promise<Error>
  /** Waits for the broker's close-ok; frames written before it (acks) have arrived then. Never throws. */
  close(deadlineMs: number): Promise<void>
}

/** When frames are written: the first of a turn of the event loop at once, for publishing, or all at its end. */
export type Writes = 'first-at-once' | 'gathered'

/** Opens one connection, Nagle off (44 ms per round trip otherwise), named `name` on the broker. Throws the raw error. */
export async function openConnection(
  url: string,
  name: string,
  writes: Writes = 'gathered',
): Promise<BrokerConnection> {
  const model = await connect(url, {
    noDelay: true,
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: name },
  })
  const { stream, serverProperties, muxer } = internalsSchema.parse(model.connection)
  coalesceWrites(stream)
  if (writes === 'first-at-once') writeFirstAtOnce(muxer)
  return watchConnection(model, stream, serverSchema.parse(serverProperties).version)
}

function watchConnection(model: ChannelModel, stream: Duplex, version: string): BrokerConnection {
  const ended = createDeferred<Error>()
  const socketGone = new Promise<void>((resolve) => void stream.once('close', resolve))
  let endReason: Error | null = null
  let failure: Error | null = null
  model.on('error', (error) => (failure ??= error))
  model.on('close', (error) => {
    endReason ??= failure ?? error ?? new Error('the connection was closed')
    ended.resolve(endReason)
  })
  // The client library does not notice a socket destroyed without an error: its confirms would never settle and its
  // heartbeat timers would go on.
  stream.once('close', () => {
    if (endReason === null) stream.emit('error', new Error('the socket was closed'))
  })
  const cut = async (reason: string) => {
    if (!stream.destroyed) stream.destroy(new Error(reason))
    await socketGone
  }
  return {
    version,
    ended: ended.promise,
    endReason: () => endReason,
    openChannel: async () => watchChannel(await model.createChannel()),
    openConfirmChannel: async () => watchChannel(await model.createConfirmChannel()),
    onBlocked: (listener) => {
      model.on('blocked', (reason) => listener(reason || 'no reason given'))
      model.on('unblocked', () => listener(null))
    },
    cut,
    close: async (deadlineMs) => {
      const left = countdown(deadlineMs)
      if (endReason === null) await succeedsWithin('connection.close', left(), () => model.close())
      await succeedsWithin('the end of the socket', Math.min(HANGUP_TIMEOUT_MS, left()), () => socketGone)
      await cut('closed')
    },
  }
}

function watchChannel<C extends Channel>(channel: C): OpenChannel<C> {
  const closed = createDeferred<Error>()
  let failure: Error | null = null
  let isClosed = false
  channel.on('error', (error) => (failure ??= error))
  channel.on('close', () => {
    isClosed = true
    closed.resolve(failure ?? new Error('the channel was closed'))
  })
  return {
    channel,
    closed: closed.promise,
    close: async (deadlineMs) => {
      if (!isClosed) await succeedsWithin('channel.close', deadlineMs, () => channel.close())
    },
  }
}

/**
 * Sends what is written to a socket within one turn of the event loop by one system call. The client library writes every
 * frame by itself, and with Nagle off each costs a call and a packet: half of all processor time under load. A single
 * frame is not delayed: it leaves at the end of the same turn.
 */
function coalesceWrites(socket: Duplex): void {
  const write = socket.write
  let isCorked = false
  const uncork = () => {
    isCorked = false
    socket.uncork()
  }
  socket.write = (...args: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(uncork)
    }
    return Reflect.apply(write, socket, args)
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
