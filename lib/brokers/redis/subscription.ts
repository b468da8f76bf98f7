import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Cursor, CursorHooks, Named } from './channel-cursor.ts'
import { matchesGlob } from './channel-names.ts'
import type { Channels, PatternSubscriber } from './channels.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import type { RedisSession } from './consume.ts'

/** A pattern's subscriber may wait for messages in so many channels at once; if it is further behind, it starts again. */
const MAX_CHANNELS = 10_000

/** The end of a subscription that read too slowly: the messages it has not read are not kept any more. */
export class LaggingError extends Error {
  constructor() {
    super('it was too far behind')
    this.name = 'LaggingError'
  }
}

/** One SUBSCRIBE or PSUBSCRIBE on a connection of its own, from its answer to the end of the connection. */
export interface Subscription extends RedisSession {
  readonly connection: Connection
  /** Stops and resumes reading the socket. Redis keeps what is not read, up to its limit, and then cuts the connection. */
  setReading(reading: boolean): void
  /** Verifies its position in the order of its channels. */
  verify(): void
  /** The polite end of it, on the connection. Throws the raw error. */
  unsubscribe(): Promise<unknown>
  /** Ignores everything that still arrives. Idempotent. */
  silence(): void
}

export interface SubscriptionOptions {
  connection: ConnectionOptions
  channels: Channels
  /** The channel to SUBSCRIBE to, unless there is a pattern. */
  channel: string
  /** The pattern to PSUBSCRIBE to. */
  glob: string | null
  deliver(named: Named, channel: string): void
  /** The subscription was answered; nothing was delivered yet. */
  onSubscribed(connection: Connection): void
}

/** What differs between a channel's and a pattern's subscription. */
interface Listening {
  event: 'messageBuffer' | 'pmessageBuffer'
  receive(...args: Buffer[]): void
  subscribe(): Promise<unknown>
  unsubscribe(): Promise<unknown>
  /** The subscription was answered. Resolves once nothing published from now on is missed. */
  subscribed(): Promise<void>
  verify(): void
  /** Gives up its position. */
  leave(): void
}

/**
 * Connects, subscribes and finds its position. Resolves once nothing published from now on is missed; throws the raw error
 * (the connection is gone then).
 */
export async function openSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const connection = await openConnection(options.connection)
  const { signal } = options.connection
  let isLagging = false
  const lag = () => {
    isLagging = true
    void connection.destroy()
  }
  const { glob } = options
  const listening =
    glob === null
      ? listenToChannel(options, connection, lag)
      : listenToPattern(options, glob, connection, lag)
  const giveUp = () => void connection.destroy()
  signal.addEventListener('abort', giveUp)
  connection.redis.on(listening.event, listening.receive)
  try {
    signal.throwIfAborted()
    await listening.subscribe()
    options.onSubscribed(connection)
    const cut = connection.ended.then((error) => Promise.reject(error))
    await Promise.race([listening.subscribed(), cut])
  } catch (error) {
    listening.leave()
    await connection.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  void connection.ended.then(listening.leave)
  return {
    connection,
    runId: connection.runId,
    ended: connection.ended.then((error) => (isLagging ? new LaggingError() : error)),
    destroy: connection.destroy,
    setReading: (reading) => {
      if (reading) connection.redis.stream.resume()
      else connection.redis.stream.pause()
    },
    verify: listening.verify,
    unsubscribe: listening.unsubscribe,
    silence: () => {
      connection.redis.removeAllListeners(listening.event)
      listening.leave()
    },
  }
}

function listenToChannel(
  { channel, channels, deliver }: SubscriptionOptions,
  connection: Connection,
  lag: () => void,
): Listening {
  const proven = createDeferred<void>()
  const cursor = channels.join(channel, {
    deliver: (named) => deliver(named, channel),
    verify: () => verify(),
    lagging: lag,
  })
  const verify = createVerify(connection, cursor, proven.resolve)
  return {
    event: 'messageBuffer',
    receive: (_channel, body) => cursor.receive(body, now()),
    subscribe: () => connection.redis.subscribe(channel),
    unsubscribe: () => connection.redis.unsubscribe(channel),
    subscribed: () => {
      cursor.subscribed()
      return proven.promise
    },
    verify,
    leave: () => cursor.leave(),
  }
}

/**
 * Each channel that matches has an order of its own, and the subscriber reads an unbroken stretch of every one: it has a
 * cursor in those that exist when it subscribes, and in each that comes up later from its very beginning.
 */
function listenToPattern(
  { channels, deliver }: SubscriptionOptions,
  glob: string,
  connection: Connection,
  lag: () => void,
): Listening {
  const cursors = new Map<string, { cursor: Cursor; verify(): void }>()
  let isSubscribed = false
  /** Channels whose orders existed before PSUBSCRIBE was answered, until the position in each is proven. */
  const unproven = new Set<string>()
  const proven = createDeferred<void>()
  const prove = (channel: string) => {
    unproven.delete(channel)
    if (isSubscribed && unproven.size === 0) proven.resolve()
  }
  const pattern: PatternSubscriber = {
    matches: (channel) => matchesGlob(glob, channel),
    begin: (channel, join) => {
      if (cursors.size >= MAX_CHANNELS) return lag()
      const hooks: CursorHooks = {
        deliver: (named) => deliver(named, channel),
        verify: () => cursors.get(channel)?.verify(),
        lagging: lag,
      }
      const cursor = join(hooks, { byPattern: true, subscribedBefore: isSubscribed })
      if (!isSubscribed) unproven.add(channel)
      cursors.set(channel, { cursor, verify: createVerify(connection, cursor, () => prove(channel)) })
    },
    forget: (channel) => {
      cursors.get(channel)?.cursor.leave()
      cursors.delete(channel)
    },
  }
  return {
    event: 'pmessageBuffer',
    receive: (_pattern, name, body) => {
      const channel = String(name)
      if (!cursors.has(channel)) channels.meet(pattern, channel)
      if (body) cursors.get(channel)?.cursor.receive(body, now())
      channels.tidy(channel)
    },
    subscribe: () => {
      channels.watch(pattern)
      return connection.redis.psubscribe(glob)
    },
    unsubscribe: () => connection.redis.punsubscribe(glob),
    subscribed: () => {
      isSubscribed = true
      for (const channel of [...unproven]) cursors.get(channel)?.cursor.subscribed()
      if (unproven.size === 0) proven.resolve()
      return proven.promise
    },
    verify: () => {
      for (const { verify } of cursors.values()) verify()
    },
    leave: () => {
      channels.unwatch(pattern)
      for (const [channel, { cursor }] of cursors) {
        cursors.delete(channel)
        cursor.leave()
        channels.tidy(channel)
      }
    },
  }
}

/** Verifies a cursor by one PING at a time: what is asked for meanwhile is asked for once more after the reply. */
function createVerify(connection: Connection, cursor: Cursor, onProven: () => void): () => void {
  let state: 'idle' | 'asking' | 'asked-again' = 'idle'
  const verify = () => {
    if (state !== 'idle') {
      state = 'asked-again'
      return
    }
    state = 'asking'
    const mark = cursor.mark()
    connection.redis.ping().then(
      () => {
        const again = state === 'asked-again'
        state = 'idle'
        cursor.reach(mark)
        onProven()
        if (again) verify()
      },
      // Without an answer the connection has ended, which its owner learns from `ended`.
      () => undefined,
    )
  }
  return verify
}
