import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Cursor, CursorHooks, Named } from './channel-history.ts'
import type { Channels, Watcher } from './channel-order.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { matchesGlob } from './glob.ts'

/** One SUBSCRIBE on a connection of its own, from its answer to the end of the connection. */
export interface Subscription {
  readonly connection: Connection
  readonly ended: Promise<Error>
  /** Stops and goes on reading the socket. Redis keeps what is not read, up to its limit, and then cuts the connection. */
  setReading(reading: boolean): void
  /** Makes sure of its place in the channel's order, or in every one. */
  ask(): void
  /** The polite end of it, on the connection. Throws the raw error. */
  unsubscribe(): Promise<unknown>
  /** Names nothing more that arrives. Idempotent. */
  silence(): void
}

/** What both kinds of subscription are given. */
export interface ListeningOptions {
  connection: ConnectionOptions
  deliver(named: Named, channel: string): void
  /** It was so far behind that nothing is kept for it; its connection ends. */
  onLagging(): void
  /** SUBSCRIBE was answered; nothing was delivered yet. */
  onSubscribed(connection: Connection): void
}

export interface SubscriptionOptions extends ListeningOptions {
  channel: string
  join(hooks: CursorHooks): Cursor
}

/**
 * Connects, subscribes and finds its place. Resolves once nothing published from now on is missed; throws the raw error
 * (the connection is gone then).
 */
export async function openSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const connection = await openConnection(options.connection)
  const proved = createDeferred<void>()
  const cursor = options.join({
    deliver: (named) => options.deliver(named, options.channel),
    ask: () => ask(),
    lagging: () => {
      options.onLagging()
      void connection.destroy()
    },
  })
  const ask = createAsking(connection, cursor, proved.resolve)
  const giveUp = () => void connection.destroy()
  options.connection.signal.addEventListener('abort', giveUp)
  connection.redis.on('messageBuffer', (_channel: Buffer, body: Buffer) => cursor.receive(body, now()))
  try {
    options.connection.signal.throwIfAborted()
    await connection.redis.subscribe(options.channel)
    options.onSubscribed(connection)
    cursor.subscribed()
    const cut = connection.ended.then((error) => Promise.reject(error))
    await Promise.race([proved.promise, cut])
  } catch (error) {
    cursor.leave()
    await connection.destroy()
    throw error
  } finally {
    options.connection.signal.removeEventListener('abort', giveUp)
  }
  void connection.ended.then(cursor.leave)
  return {
    connection,
    ended: connection.ended,
    setReading: (reading) => setReading(connection, reading),
    ask,
    unsubscribe: () => connection.redis.unsubscribe(options.channel),
    silence: () => {
      connection.redis.removeAllListeners('messageBuffer')
      cursor.leave()
    },
  }
}

export function setReading({ redis }: Connection, reading: boolean): void {
  if (reading) redis.stream.resume()
  else redis.stream.pause()
}

/** One PING at a time: what is asked meanwhile is asked once more after its reply. */
export function createAsking(connection: Connection, cursor: Cursor, onProved: () => void): () => void {
  let state: 'idle' | 'asking' | 'asked-again' = 'idle'
  const ask = () => {
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
        onProved()
        if (again) ask()
      },
      // Without an answer the connection has ended, which its owner is told by `ended`.
      () => undefined,
    )
  }
  return ask
}

/** In so many channels it may wait for messages at once; one that is further behind is told to start again. */
const MAX_CHANNELS = 10_000

export interface PatternOptions extends ListeningOptions {
  glob: string
  channels: Channels
}

/** One channel's order, as this subscriber stands in it. */
interface Stand {
  cursor: Cursor
  ask(): void
}

/**
 * One PSUBSCRIBE on a connection of its own. Each channel that matches has an order of its own, and this subscriber reads
 * an unbroken stretch of every one: it stands in those that are there when it subscribes, and in each that comes up
 * later from its very beginning. Resolves once nothing published from now on is missed; throws the raw error (the
 * connection is gone then).
 */
export async function openPatternSubscription(options: PatternOptions): Promise<Subscription> {
  const { glob, channels } = options
  const connection = await openConnection(options.connection)
  const stands = createStands(options, connection)
  const giveUp = () => void connection.destroy()
  options.connection.signal.addEventListener('abort', giveUp)
  connection.redis.on('pmessageBuffer', stands.receive)
  try {
    options.connection.signal.throwIfAborted()
    channels.watch(stands.watcher)
    await connection.redis.psubscribe(glob)
    options.onSubscribed(connection)
    const cut = connection.ended.then((error) => Promise.reject(error))
    await Promise.race([stands.subscribed(), cut])
  } catch (error) {
    stands.leave()
    await connection.destroy()
    throw error
  } finally {
    options.connection.signal.removeEventListener('abort', giveUp)
  }
  void connection.ended.then(stands.leave)
  return {
    connection,
    ended: connection.ended,
    setReading: (reading) => setReading(connection, reading),
    ask: stands.ask,
    unsubscribe: () => connection.redis.punsubscribe(glob),
    silence: () => {
      connection.redis.removeAllListeners('pmessageBuffer')
      stands.leave()
    },
  }
}

function createStands({ glob, channels, deliver, onLagging }: PatternOptions, connection: Connection) {
  const stands = new Map<string, Stand>()
  let begun = false
  /** Channels whose orders were there before PSUBSCRIBE was answered, until its place in each is proved. */
  const unproved = new Set<string>()
  const proved = createDeferred<void>()
  const prove = (channel: string) => {
    unproved.delete(channel)
    if (begun && unproved.size === 0) proved.resolve()
  }
  const lag = () => {
    onLagging()
    void connection.destroy()
  }
  const begin: Watcher['begin'] = (channel, join) => {
    if (stands.size >= MAX_CHANNELS) return lag()
    const hooks = {
      deliver: (named: Parameters<typeof deliver>[0]) => deliver(named, channel),
      ask: () => stands.get(channel)?.ask(),
      lagging: lag,
    }
    const cursor = join(hooks, { byPattern: true, begun })
    if (!begun) unproved.add(channel)
    stands.set(channel, { cursor, ask: createAsking(connection, cursor, () => prove(channel)) })
  }
  const watcher: Watcher = {
    matches: (channel) => matchesGlob(glob, channel),
    begin,
    forget: (channel) => {
      stands.get(channel)?.cursor.leave()
      stands.delete(channel)
    },
  }
  const leave = () => {
    channels.unwatch(watcher)
    for (const [channel, { cursor }] of stands) {
      stands.delete(channel)
      cursor.leave()
      channels.tidy(channel)
    }
  }
  return {
    watcher,
    leave,
    ask: () => {
      for (const { ask } of stands.values()) ask()
    },
    /** PSUBSCRIBE was answered. Resolves once its place is proved wherever it was not there from the beginning. */
    subscribed: () => {
      begun = true
      for (const channel of [...unproved]) stands.get(channel)?.cursor.subscribed()
      if (unproved.size === 0) proved.resolve()
      return proved.promise
    },
    receive: (_pattern: unknown, name: Buffer, body: Buffer) => {
      const channel = name.toString()
      if (!stands.has(channel)) channels.meet(watcher, channel)
      stands.get(channel)?.cursor.receive(body, now())
      channels.tidy(channel)
    },
  }
}
