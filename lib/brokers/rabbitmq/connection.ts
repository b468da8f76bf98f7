import { Duplex } from 'node:stream'
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { z } from 'zod'
import { createDeferred } from '#lib/util/deferred.ts'
import { bounded, countdown } from './bounded.ts'
import { coalesceWrites } from './coalesce.ts'

/** The longest a TCP connection and AMQP's opening may take. A broker that is up does it in 10 ms. */
const CONNECT_TIMEOUT_MS = 4_000
/** After a polite goodbye the broker has this long to hang up. */
const HANGUP_TIMEOUT_MS = 1_000

const serverSchema = z.object({ version: z.string().catch('unknown') }).catch({ version: 'unknown' })
const innerSchema = z.object({ stream: z.instanceof(Duplex), serverProperties: z.unknown() })

/**
 * One AMQP connection that tells reliably when it has ended. Its owner ends it with `close` or `cut`; it never
 * reconnects by itself.
 */
export interface BrokerConnection {
  readonly version: string
  /** Resolves (never rejects) with the reason once the connection has ended, whoever ended it. */
  readonly ended: Promise<Error>
  /** The reason once it has ended, else null. */
  endedBecause(): Error | null
  /** A channel whose errors harm nobody else: without an `error` listener a 404 ends the whole connection. */
  openChannel(): Promise<WatchedChannel<Channel>>
  openConfirmChannel(): Promise<WatchedChannel<ConfirmChannel>>
  /** `reason` while the broker takes no publishes (connection.blocked), null when it does again. */
  onBlocked(listener: (reason: string | null) => void): void
  /** Says goodbye, and destroys the socket when that takes longer. Idempotent, never throws. */
  close(deadlineMs: number): Promise<void>
  /** Destroys the socket without a goodbye; resolves once it is gone. Idempotent. */
  cut(reason: string): Promise<void>
}

export interface WatchedChannel<C extends Channel> {
  readonly channel: C
  /** Resolves (never rejects) with the reason once it is closed, by whomever. */
  readonly closed: Promise<Error>
  /** Waits for the broker's close-ok; frames written before it (acks) have arrived then. Never throws. */
  close(deadlineMs: number): Promise<void>
}

/** Opens one connection, Nagle off (44 ms per round trip otherwise), named `name` on the broker. Throws the raw error. */
export async function openConnection(url: string, name: string): Promise<BrokerConnection> {
  const model = await connect(url, {
    noDelay: true,
    timeout: CONNECT_TIMEOUT_MS,
    clientProperties: { connection_name: name },
  })
  const { stream, serverProperties } = innerSchema.parse(model.connection)
  coalesceWrites(stream)
  return watchConnection(model, stream, serverSchema.parse(serverProperties).version)
}

function watchConnection(model: ChannelModel, stream: Duplex, version: string): BrokerConnection {
  const ended = createDeferred<Error>()
  const socketGone = new Promise<void>((resolve) => void stream.once('close', resolve))
  let because: Error | null = null
  let failure: Error | null = null
  model.on('error', (error) => (failure ??= error))
  model.on('close', (error) => {
    because ??= failure ?? error ?? new Error('the connection was closed')
    ended.resolve(because)
  })
  // A socket destroyed without an error tells the client library nothing: its confirms would never settle and its
  // heartbeat timers would go on.
  stream.once('close', () => {
    if (because === null) stream.emit('error', new Error('the socket was closed'))
  })
  const cut = async (reason: string) => {
    if (!stream.destroyed) stream.destroy(new Error(reason))
    await socketGone
  }
  return {
    version,
    ended: ended.promise,
    endedBecause: () => because,
    openChannel: async () => watchChannel(await model.createChannel()),
    openConfirmChannel: async () => watchChannel(await model.createConfirmChannel()),
    onBlocked: (listener) => {
      model.on('blocked', (reason) => listener(reason || 'no reason given'))
      model.on('unblocked', () => listener(null))
    },
    cut,
    close: async (deadlineMs) => {
      const left = countdown(deadlineMs)
      if (because === null) await politely('connection.close', left(), () => model.close())
      await politely('the end of the socket', Math.min(HANGUP_TIMEOUT_MS, left()), () => socketGone)
      await cut('closed')
    },
  }
}

async function politely(what: string, deadlineMs: number, goodbye: () => Promise<unknown>): Promise<void> {
  try {
    await bounded(what, deadlineMs, goodbye())
  } catch {
    // Nobody listens to a goodbye that failed or hangs; destroying the socket ends the same things.
  }
}

function watchChannel<C extends Channel>(channel: C): WatchedChannel<C> {
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
      if (!isClosed) await politely('channel.close', deadlineMs, () => channel.close())
    },
  }
}
