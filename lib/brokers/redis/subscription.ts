import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Cursor, CursorHooks, Named } from './channel-book.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'

/** One SUBSCRIBE on a connection of its own, from its answer to the end of the connection. */
export interface Subscription {
  readonly link: Link
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
  link: LinkOptions
  deliver(named: Named, channel: string): void
  /** It was so far behind that nothing is kept for it; its connection ends. */
  onLagging(): void
  /** SUBSCRIBE was answered; nothing was delivered yet. */
  onSubscribed(link: Link): void
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
  const link = await openLink(options.link)
  const proved = createDeferred<void>()
  const cursor = options.join({
    deliver: (named) => options.deliver(named, options.channel),
    ask: () => ask(),
    lagging: () => {
      options.onLagging()
      void link.destroy()
    },
  })
  const ask = createAsking(link, cursor, proved.resolve)
  const giveUp = () => void link.destroy()
  options.link.signal.addEventListener('abort', giveUp)
  link.redis.on('messageBuffer', (_channel: Buffer, body: Buffer) => cursor.receive(body, now()))
  try {
    options.link.signal.throwIfAborted()
    await link.redis.subscribe(options.channel)
    options.onSubscribed(link)
    cursor.subscribed()
    const cut = link.ended.then((error) => Promise.reject(error))
    await Promise.race([proved.promise, cut])
  } catch (error) {
    cursor.leave()
    await link.destroy()
    throw error
  } finally {
    options.link.signal.removeEventListener('abort', giveUp)
  }
  void link.ended.then(cursor.leave)
  return {
    link,
    ended: link.ended,
    setReading: (reading) => setReading(link, reading),
    ask,
    unsubscribe: () => link.redis.unsubscribe(options.channel),
    silence: () => {
      link.redis.removeAllListeners('messageBuffer')
      cursor.leave()
    },
  }
}

export function setReading({ redis }: Link, reading: boolean): void {
  if (reading) redis.stream.resume()
  else redis.stream.pause()
}

/** One PING at a time: what is asked meanwhile is asked once more after its reply. */
export function createAsking(link: Link, cursor: Cursor, onProved: () => void): () => void {
  let state: 'idle' | 'asking' | 'asked-again' = 'idle'
  const ask = () => {
    if (state !== 'idle') {
      state = 'asked-again'
      return
    }
    state = 'asking'
    const mark = cursor.mark()
    link.redis.ping().then(
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
