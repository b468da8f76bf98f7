import { Redis } from 'ioredis'
import { succeedsWithin, withDeadline } from '#lib/brokers/kit/deadlines.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createWriteTogether, type WriteTogether } from '#lib/util/write-together.ts'

/** The longest that connecting and the first answers may take. A Redis that is up does it in 5 ms. */
const OPEN_TIMEOUT_MS = 5_000
/** For connections on which nothing blocks: an answer that takes longer means that the connection or Redis hangs. */
export const ANSWER_TIMEOUT_MS = 10_000

/** One connection to Redis that never reconnects by itself: its owner opens another. */
export interface Connection {
  readonly redis: Redis
  readonly version: string
  /** New at each start of the server. */
  readonly runId: string
  /** Redis's number for this connection (CLIENT ID). */
  readonly clientId: number
  /** Resolves (never rejects) with the reason once the connection has ended, whoever ended it. */
  readonly ended: Promise<Error>
  /** Whether a command given now is written at once. */
  isWritable(): boolean
  /** A system call per command is a third of a publish's cost: commands given in one turn share one. */
  readonly writeTogether: WriteTogether
  /** Says QUIT, and destroys the socket when that takes longer. Idempotent, never throws. */
  quit(deadlineMs: number): Promise<void>
  /** Destroys the socket without a goodbye; resolves once it is gone. Idempotent. */
  destroy(): Promise<void>
}

export interface ConnectionOptions {
  url: string
  /** Set by CLIENT SETNAME, so that a person can tell the connections apart in CLIENT LIST. */
  name: string
  /** Ends the connection when an answer takes longer; must be absent for a connection that may stop reading. */
  answerTimeoutMs?: number
  /** Gives up opening when it aborts. */
  signal: AbortSignal
}

/**
 * Opens one connection. Throws the raw error. The client library must not do anything later or twice: no reconnecting,
 * no queue while away, nothing sent again (it would repeat a PUBLISH whose reply was lost).
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { url, name, answerTimeoutMs, signal } = options
  signal.throwIfAborted()
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableReadyCheck: false,
    connectTimeout: OPEN_TIMEOUT_MS,
    connectionName: name.replace(/[^\x21-\x7e]/g, '_'),
    ...(answerTimeoutMs === undefined ? {} : { socketTimeout: answerTimeoutMs }),
  })
  const { ended, destroy, firstError } = watch(redis)
  const giveUp = () => void destroy()
  signal.addEventListener('abort', giveUp)
  try {
    const { version, runId, clientId } = await withDeadline('connecting', OPEN_TIMEOUT_MS, greet(redis))
    const isWritable = () => redis.status === 'ready' && redis.stream.writable
    const quit = async (deadlineMs: number) => {
      if (isWritable()) await succeedsWithin('QUIT', deadlineMs, () => redis.quit().then(() => ended))
      await destroy()
    }
    const writeTogether = createWriteTogether(redis.stream)
    return { redis, version, runId, clientId, ended, isWritable, writeTogether, quit, destroy }
  } catch (error) {
    await destroy()
    throw firstError() ?? error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function watch(redis: Redis) {
  const ended = createDeferred<Error>()
  let first: Error | undefined
  redis.on('error', (error: Error) => {
    first ??= error
  })
  redis.on('end', () => ended.resolve(first ?? new Error('the connection was closed')))
  const destroy = async () => {
    if (redis.status === 'end') return
    // `disconnect` alone waits for the other side; and on a destroyed socket it would leave a timer behind.
    if (redis.stream) redis.stream.destroy()
    else redis.disconnect()
    await ended.promise
  }
  return { ended: ended.promise, destroy, firstError: () => first }
}

/** Connects and asks for the server's version, its run and this connection's number. */
async function greet(redis: Redis): Promise<Pick<Connection, 'version' | 'runId' | 'clientId'>> {
  await redis.connect()
  const [info, clientId] = await Promise.all([redis.info('server'), redis.client('ID')])
  const field = (key: string) => new RegExp(`^${key}:(\\S+)`, 'm').exec(info)?.[1] ?? 'unknown'
  return { version: field('redis_version'), runId: field('run_id'), clientId }
}

/** Two connections that live and end together. */
export interface ConnectionPair {
  readonly first: Connection
  readonly second: Connection
  readonly runId: string
  /** Resolves once either has ended; both are destroyed by then. */
  readonly ended: Promise<Error>
  /** Says QUIT on both, one after the other; what is left is destroyed. Never throws. */
  quit(deadlineMs: number): Promise<void>
  /** Destroys both sockets without a goodbye; resolves once they are gone. Idempotent. */
  destroy(): Promise<void>
}

/** Throws the raw error of the one that could not be opened; the other is closed then. */
export async function openPair(first: ConnectionOptions, second: ConnectionOptions): Promise<ConnectionPair> {
  const settled = await Promise.allSettled([openConnection(first), openConnection(second)])
  const opened = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const destroy = async () => void (await Promise.all(opened.map((connection) => connection.destroy())))
  const [one, other] = opened
  if (!one || !other) {
    await destroy()
    throw settled.find((result) => result.status === 'rejected')?.reason
  }
  const ended = Promise.race([one.ended, other.ended]).then(async (error) => {
    await destroy()
    return error
  })
  const quit = async (deadlineMs: number) => {
    await one.quit(deadlineMs)
    await other.quit(deadlineMs)
  }
  return { first: one, second: other, runId: one.runId, ended, quit, destroy }
}
