import { Redis } from 'ioredis'
import { createDeferred } from '#lib/util/deferred.ts'
import { bounded, politely } from './bounded.ts'

/** The longest that connecting and the first answers may take. A Redis that is up does it in 5 ms. */
const OPEN_TIMEOUT_MS = 5_000

/** One connection to Redis that never reconnects by itself: whoever owns it opens another. */
export interface Link {
  readonly redis: Redis
  readonly version: string
  /** New at each start of the server. */
  readonly runId: string
  /** Redis's number for this connection (CLIENT ID). */
  readonly clientId: number
  /** Resolves (never rejects) with the reason once the connection has ended, whoever ended it. */
  readonly ended: Promise<Error>
  /** A command given now is written now. */
  isWritable(): boolean
  /**
   * What is given in this turn of the event loop leaves in one system call, without waiting for anything: after its
   * `first`, which is mostly the only one and leaves at once, or at the turn's `end`, where nobody waits for it.
   */
  writeTogether(after: 'first' | 'end'): void
  /** Says QUIT, and destroys the socket when that takes longer. Idempotent, never throws. */
  quit(deadlineMs: number): Promise<void>
  /** Destroys the socket without a goodbye; resolves once it is gone. Idempotent. */
  destroy(): Promise<void>
}

export interface LinkOptions {
  url: string
  /** CLIENT SETNAME, so that a person can tell the connections apart in CLIENT LIST. */
  name: string
  /** Ends the connection when an answer is due for longer; never for a connection that may stop reading. */
  answerWithinMs?: number
  /** Aborted: gives up opening. */
  signal: AbortSignal
}

/**
 * Opens one connection. Throws the raw error. The client library is kept from doing anything later or twice: no
 * reconnecting, no queue while away, nothing sent again (it would repeat a PUBLISH whose reply was lost).
 */
export async function openLink({ url, name, answerWithinMs, signal }: LinkOptions): Promise<Link> {
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
    ...(answerWithinMs === undefined ? {} : { socketTimeout: answerWithinMs }),
  })
  const { ended, destroy, firstError } = watch(redis)
  const giveUp = () => void destroy()
  signal.addEventListener('abort', giveUp)
  try {
    const { version, runId, clientId } = await bounded('connecting', OPEN_TIMEOUT_MS, greet(redis))
    const isWritable = () => redis.status === 'ready' && redis.stream.writable
    const quit = async (deadlineMs: number) => {
      if (isWritable()) await politely('QUIT', deadlineMs, () => redis.quit().then(() => ended))
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

/** A system call per command is a third of a publish's cost: what is corked until the end of a turn shares one. */
function createWriteTogether(stream: Pick<Redis['stream'], 'cork' | 'uncork'>): Link['writeTogether'] {
  let turn: 'fresh' | 'written' | 'corked' = 'fresh'
  const endTurn = () => {
    if (turn === 'corked') stream.uncork()
    turn = 'fresh'
  }
  return (after) => {
    if (turn === 'fresh') process.nextTick(endTurn)
    if (turn === 'fresh' && after === 'first') turn = 'written'
    else if (turn !== 'corked') {
      turn = 'corked'
      stream.cork()
    }
  }
}

/** Connects and asks who is there. */
async function greet(redis: Redis): Promise<Pick<Link, 'version' | 'runId' | 'clientId'>> {
  await redis.connect()
  const [info, clientId] = await Promise.all([redis.info('server'), redis.client('ID')])
  const field = (key: string) => new RegExp(`^${key}:(\\S+)`, 'm').exec(info)?.[1] ?? 'unknown'
  return { version: field('redis_version'), runId: field('run_id'), clientId }
}
