import { Redis } from 'ioredis'
import type { BrokerSecurity, ConnectionRoute } from '#lib/brokers/contract.ts'
import { succeedsWithin, withDeadline } from '#lib/brokers/kit/deadlines.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { tlsOptionsFor } from '#lib/util/tcp-exchange.ts'
import { createWriteTogether, type WriteTogether } from '#lib/util/write-together.ts'
import { parseRedisUrl } from './broker-url.ts'
import { isNotReady } from './failures.ts'
import { askPermissions, type Power } from './permissions.ts'
import { askKind, kindFromInfo, type ServerKind } from './server-kind.ts'

/** The longest that connecting and the first answers may take. A Redis that is up does it in 5 ms. */
const OPEN_TIMEOUT_MS = 5_000
/** For connections on which nothing blocks: an answer that takes longer means that the connection or Redis hangs. */
export const ANSWER_TIMEOUT_MS = 10_000

/** How long a blocking read waits where its user may not end it by CLIENT UNBLOCK: a leave or a change of settings waits as long. */
const BLOCK_WITHOUT_UNBLOCK_MS = 500

/** What a connection learns of its server and its user while it opens. */
interface Greeting {
  readonly version: string
  /** New at each start of the server; null where the user may not ask. */
  readonly runId: string | null
  /** Redis's number for this connection (CLIENT ID); null where the user may not ask. */
  readonly clientId: number | null
  readonly kind: ServerKind
  /** What its user may not run. */
  readonly lacks: ReadonlySet<Power>
  /** How long a blocking read waits, in milliseconds. 0: until CLIENT UNBLOCK. */
  readonly blockMs: number
}

/** One connection to Redis that never reconnects by itself: its owner opens another. */
export interface Connection extends Greeting {
  readonly redis: Redis
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
  security?: BrokerSecurity
  /** Set by CLIENT SETNAME, so that a person can tell the connections apart in CLIENT LIST. */
  name: string
  /** Ends the connection when an answer takes longer; must be absent for a connection that may stop reading. */
  answerTimeoutMs?: number
  /** Gives up opening when it aborts. */
  signal: AbortSignal
  /** Absent: straight to the broker. */
  route?: ConnectionRoute | undefined
}

/**
 * Opens one connection. Throws the raw error. The client library must not do anything later or twice: no reconnecting,
 * no queue while away, nothing sent again (it would repeat a PUBLISH whose reply was lost).
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { name, answerTimeoutMs, signal } = options
  signal.throwIfAborted()
  const shownName = connectionName(name)
  const target = await targetOptions(options)
  signal.throwIfAborted()
  const redis = new Redis({
    ...target,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableReadyCheck: false,
    connectTimeout: OPEN_TIMEOUT_MS,
    connectionName: shownName,
    ...(answerTimeoutMs === undefined ? {} : { socketTimeout: answerTimeoutMs }),
  })
  const { ended, destroy, firstError } = watch(redis)
  const giveUp = () => void destroy()
  signal.addEventListener('abort', giveUp)
  try {
    const greeting = await withDeadline('connecting', OPEN_TIMEOUT_MS, greet(redis, options, shownName))
    const isWritable = () => redis.status === 'ready' && redis.stream.writable
    const quit = async (deadlineMs: number) => {
      if (isWritable()) await succeedsWithin('QUIT', deadlineMs, () => redis.quit().then(() => ended))
      await destroy()
    }
    const writeTogether = createWriteTogether(redis.stream)
    return { redis, ...greeting, ended, isWritable, writeTogether, quit, destroy }
  } catch (error) {
    await destroy()
    throw firstError() ?? error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** A name as CLIENT SETNAME takes it and CLIENT LIST shows it: what else it has is written `_`. */
export const connectionName = (name: string): string => name.replace(/[^\x21-\x7e]/g, '_')

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

/** The parts of the URL: the client library's own reading of it fails at a bare percent sign. */
async function targetOptions({ url, security, route }: ConnectionOptions) {
  const { host, port, tls, username, password } = parseRedisUrl(url, security)
  const through = route === undefined ? { host, port } : await route.reach({ host, port })
  return {
    ...through,
    ...(tls && { tls: tlsOptionsFor({ host, port, tls }, through) }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}

/**
 * Connects, and asks what server and which user this is. Throws what a server answers that is not ready: it would answer
 * every command so. Whatever else it answers to PING (a failing snapshot, no permission) is no reason not to be used.
 */
async function greet(redis: Redis, { url }: ConnectionOptions, name: string): Promise<Greeting> {
  await redis.connect()
  const selected = select(redis, Number(parseRedisUrl(url).database))
  const ready = redis.ping().catch((error: unknown) => {
    if (isNotReady(error)) throw error
  })
  const [hello, { lacks, info }] = await Promise.all([
    askKind(redis),
    askPermissions(redis, name),
    ready,
    selected,
  ])
  const kind = hello ?? kindFromInfo(info)
  // Without a number, the user may not ask: nothing can name this connection.
  const clientId = kind.clientId ?? (await redis.client('ID').catch(() => null))
  return {
    version: kind.server === 'redis' ? kind.version : `${kind.version} (${kind.server})`,
    runId: /^run_id:(\S+)/m.exec(info)?.[1] ?? null,
    clientId,
    kind,
    lacks,
    blockMs: lacks.has('CLIENT UNBLOCK') || clientId === null ? BLOCK_WITHOUT_UNBLOCK_MS : 0,
  }
}

/** The client library's own way goes on with the first database where the server refuses this one. */
async function select(redis: Redis, database: number): Promise<void> {
  if (database !== 0) await redis.select(database)
}

/** Ends the wait of one connection by another, where the user may do so; otherwise it ends by itself within its `blockMs`. */
export async function unblock({ redis }: Connection, { clientId, blockMs }: Connection): Promise<void> {
  if (clientId !== null && blockMs === 0) await redis.client('UNBLOCK', clientId)
}

/** Two connections that live and end together. */
export interface ConnectionPair {
  readonly first: Connection
  readonly second: Connection
  readonly runId: string | null
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
