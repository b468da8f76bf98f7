import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import type { Cursor } from './channel-book.ts'
import type { Channels, Watcher } from './channels.ts'
import { matchesGlob } from './glob.ts'
import { type Link, openLink } from './link.ts'
import { createAsking, type ListeningOptions, type Subscription, setReading } from './subscription.ts'

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
  const link = await openLink(options.link)
  const stands = createStands(options, link)
  const giveUp = () => void link.destroy()
  options.link.signal.addEventListener('abort', giveUp)
  link.redis.on('pmessageBuffer', stands.receive)
  try {
    options.link.signal.throwIfAborted()
    channels.watch(stands.watcher)
    await link.redis.psubscribe(glob)
    options.onSubscribed(link)
    const cut = link.ended.then((error) => Promise.reject(error))
    await Promise.race([stands.subscribed(), cut])
  } catch (error) {
    stands.leave()
    await link.destroy()
    throw error
  } finally {
    options.link.signal.removeEventListener('abort', giveUp)
  }
  void link.ended.then(stands.leave)
  return {
    link,
    ended: link.ended,
    setReading: (reading) => setReading(link, reading),
    ask: stands.ask,
    unsubscribe: () => link.redis.punsubscribe(glob),
    silence: () => {
      link.redis.removeAllListeners('pmessageBuffer')
      stands.leave()
    },
  }
}

function createStands({ glob, channels, deliver, onLagging }: PatternOptions, link: Link) {
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
    void link.destroy()
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
    stands.set(channel, { cursor, ask: createAsking(link, cursor, () => prove(channel)) })
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
