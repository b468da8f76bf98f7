import { succeedsWithin } from '#lib/brokers/kit/deadlines.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createGlobMatcher } from '#lib/util/glob.ts'
import { ArrivalOrder } from './arrival-order.ts'
import { Cursor, type Named } from './channel-cursor.ts'
import type { ChannelOrder } from './channel-order.ts'
import type { Channels, PatternSubscriber } from './channels.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import type { RedisSession } from './consume.ts'
import { isErrorReply } from './failures.ts'

/** In how many channels at once a pattern's subscriber may wait for messages; beyond that it starts again. */
const MAX_CHANNELS = 10_000

/** How many messages, of all its channels together, may wait behind one whose position is being verified. */
const MAX_WAITING = 100_000

/** The end of a subscription that read too slowly: the messages it has not read are not kept any more. */
export class LaggingError extends Error {
  constructor() {
    super('it was too far behind')
    this.name = 'LaggingError'
  }
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

/**
 * One SUBSCRIBE or PSUBSCRIBE on a connection of its own, from its answer to the end of the connection. Each channel has
 * an order of its own, and the subscriber reads an unbroken stretch of every one. By a pattern, it has a cursor in those
 * that exist when it subscribes, and in each that comes up later from its very beginning; whatever the channel, messages
 * are delivered in the order in which they came.
 */
export class Subscription implements RedisSession, PatternSubscriber {
  readonly connection: Connection
  readonly runId: string | null
  readonly ended: Promise<Error>
  readonly matches: PatternSubscriber['matches']
  readonly #options: SubscriptionOptions
  readonly #cursors = new Map<string, { cursor: Cursor; verify(): void }>()
  /** Channels whose orders existed before the subscription was answered, until the position in each is proven. */
  readonly #unproven = new Set<string>()
  readonly #proven = createDeferred<void>()
  readonly #arrivals: ArrivalOrder
  #isSubscribed = false
  #isLagging = false

  /** Use `openSubscription`. */
  constructor(options: SubscriptionOptions, connection: Connection) {
    this.#options = options
    this.connection = connection
    this.runId = connection.runId
    this.matches = createGlobMatcher(options.glob ?? '')
    this.#arrivals = new ArrivalOrder(options.deliver)
    this.ended = connection.ended.then((error) => (this.#isLagging ? new LaggingError() : error))
  }

  /** Resolves once nothing published from now on is missed. Throws the raw error. */
  async subscribe(): Promise<void> {
    const { ended } = this.connection
    await this.#listen()
    this.#isSubscribed = true
    this.#options.onSubscribed(this.connection)
    for (const channel of [...this.#unproven]) this.#cursors.get(channel)?.cursor.subscribed()
    if (this.#unproven.size === 0) this.#proven.resolve()
    await Promise.race([this.#proven.promise, ended.then((error) => Promise.reject(error))])
  }

  /** Stops and resumes reading the socket. Redis keeps what is not read, up to its limit, and then cuts the connection. */
  setReading(reading: boolean): void {
    if (reading) this.connection.redis.stream.resume()
    else this.connection.redis.stream.pause()
  }

  /** Verifies its position in the order of its channels. */
  verify(): void {
    for (const { verify } of this.#cursors.values()) verify()
  }

  /** UNSUBSCRIBE, then QUIT, each within `stepMs`. What still arrives is ignored. Never throws. */
  async quit(stepMs: number): Promise<void> {
    const { channel, glob } = this.#options
    const { redis, isWritable, quit } = this.connection
    redis.removeAllListeners('messageBuffer').removeAllListeners('pmessageBuffer')
    this.leave()
    // One that had stopped reading reads on for the answers.
    this.setReading(true)
    const unsubscribe = () => (glob === null ? redis.unsubscribe(channel) : redis.punsubscribe(glob))
    if (isWritable()) await succeedsWithin('UNSUBSCRIBE', stepMs, unsubscribe)
    await quit(stepMs)
  }

  destroy(): Promise<void> {
    return this.connection.destroy()
  }

  /** Gives up its positions. Idempotent. */
  leave(): void {
    const { channels } = this.#options
    channels.unwatch(this)
    this.#arrivals.clear()
    for (const [channel, { cursor }] of this.#cursors) {
      this.#cursors.delete(channel)
      cursor.leave()
      channels.tidy(channel)
    }
  }

  begin(order: ChannelOrder): void {
    const { channel } = order
    if (this.#cursors.size >= MAX_CHANNELS) {
      this.#lag()
      return
    }
    const hooks = {
      deliver: (named: Named) => this.#deliver(named, channel),
      verify: () => this.#cursors.get(channel)?.verify(),
      lagging: () => this.#lag(),
    }
    const options = { byPattern: this.#options.glob !== null, subscribedBefore: this.#isSubscribed }
    const cursor = new Cursor(order, hooks, options)
    if (!this.#isSubscribed) this.#unproven.add(channel)
    const verify = createVerify(this.connection, cursor, () => this.#prove(channel))
    this.#cursors.set(channel, { cursor, verify })
  }

  forget(channel: string): void {
    this.#cursors.get(channel)?.cursor.leave()
    this.#cursors.delete(channel)
  }

  /** Resolves once the subscription was answered. */
  #listen(): Promise<unknown> {
    const { redis } = this.connection
    const { channels, channel, glob } = this.#options
    if (glob === null) {
      this.begin(channels.orderOf(channel))
      const cursor = this.#cursors.get(channel)?.cursor
      redis.on('messageBuffer', (_channel: Buffer, body: Buffer) => cursor?.receive(body, now()))
      return redis.subscribe(channel)
    }
    redis.on('pmessageBuffer', (_pattern: Buffer, name: Buffer, body: Buffer) => {
      const heardOn = String(name)
      if (!this.#cursors.has(heardOn)) channels.meet(this, heardOn)
      const cursor = this.#cursors.get(heardOn)?.cursor
      if (!cursor) return
      this.#arrivals.arrived(heardOn)
      cursor.receive(body, now())
      channels.tidy(heardOn)
      if (this.#arrivals.size > MAX_WAITING) this.#lag()
    })
    channels.watch(this)
    return redis.psubscribe(glob)
  }

  /** One channel's cursor delivers in order by itself. */
  #deliver(named: Named, channel: string): void {
    if (this.#options.glob === null) this.#options.deliver(named, channel)
    else this.#arrivals.named(named, channel)
  }

  #prove(channel: string): void {
    this.#unproven.delete(channel)
    if (this.#isSubscribed && this.#unproven.size === 0) this.#proven.resolve()
  }

  #lag(): void {
    this.#isLagging = true
    void this.connection.destroy()
  }
}

/**
 * Connects, subscribes and finds its position. Resolves once nothing published from now on is missed; throws the raw error
 * (the connection is gone then).
 */
export async function openSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const connection = await openConnection(options.connection)
  const { signal } = options.connection
  const subscription = new Subscription(options, connection)
  const giveUp = () => void connection.destroy()
  signal.addEventListener('abort', giveUp)
  try {
    signal.throwIfAborted()
    await subscription.subscribe()
  } catch (error) {
    subscription.leave()
    await connection.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  void connection.ended.then(() => subscription.leave())
  return subscription
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
    const answered = () => {
      const again = state === 'asked-again'
      state = 'idle'
      cursor.reach(mark)
      onProven()
      if (again) verify()
    }
    connection.redis.ping().then(answered, (error: unknown) => {
      // A refusal (a failing snapshot, no permission) is an answer, in order like any other. Without one the connection has
      // ended, which its owner learns from `ended`.
      if (isErrorReply(error)) answered()
    })
  }
  return verify
}
