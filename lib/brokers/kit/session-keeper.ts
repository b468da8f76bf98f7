import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { sleep } from './deadlines.ts'

/** Quick at first: a broker that only cut us off is there at once, and one that restarts is found within about a second. */
const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 1_000
/**
 * A session that lived shorter was not really up: the pauses go on growing, so that one that is cut again and again
 * keeps no core busy.
 */
const SHORT_LIFE_MS = 1_000
/**
 * The broker accepts sessions and each ends within FAILING_LIFE_MS: something in them fails, and to establish one more at
 * once would fail too. The pauses grow to FAILING_MAX_RETRY_MS.
 */
const FAILING_LIFE_MS = 3_000
const FAILING_MAX_RETRY_MS = 10_000
/** After so many failing sessions in a row, the pauses go back only once a session has lived for RECOVERED_LIFE_MS. */
const FAILING_SESSIONS = 3
const RECOVERED_LIFE_MS = 10_000

/** What has to be up together to be of use: one connection, or several that end with the first of them. */
export interface Session {
  /** Resolves (never rejects) with the reason once it has ended, whoever ended it. */
  readonly ended: Promise<Error>
}

export interface SessionKeeperOptions<S extends Session> {
  /**
   * One attempt. Throws the raw error, having ended what it opened; gives up soon after `signal` aborts. `lostAt` is when the
   * session before was lost, Unix time in milliseconds; null for the first.
   */
  establish(signal: AbortSignal, lostAt: number | null): Promise<S>
  onUp(session: S): void
  /** The next attempt is due at `nextTryAt`, Unix time in milliseconds. */
  onLost(error: Error, session: S, nextTryAt: number): void
  onFailed(error: unknown, tries: number, nextTryAt: number): void
  /** The longest pause after that error; MAX_RETRY_MS unless given. */
  maxRetryMs?(error: unknown): number | undefined
}

/**
 * Keeps one session up: establishes it, notices its loss, waits with growing pauses, establishes the next, until stopped.
 * Whoever made it ends it with `stop`.
 */
export class SessionKeeper<S extends Session> {
  readonly #options: SessionKeeperOptions<S>
  readonly #stopping = new AbortController()
  readonly #stopped: Promise<null>
  #session: S | null = null
  #lostAt: number | null = null
  /** Failed attempts and short-lived sessions since a session was last up for SHORT_LIFE_MS. */
  #tries = 0
  /** Sessions in a row that ended too soon. */
  #failures = 0
  #waiting = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: SessionKeeperOptions<S>) {
    this.#options = options
    const { signal } = this.#stopping
    this.#stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)))
  }

  /** The session while it is up. */
  get session(): S | null {
    return this.#session
  }

  /** Begins; `established` is a session that is up already, for which `onUp` is not called. A second call does nothing. */
  start(established?: S): void {
    this.#running ??= this.#run(established)
  }

  /** Tries now instead of at the next due time. */
  retryNow(): void {
    this.#waiting.abort()
  }

  /** Idempotent. Tries no more; resolves once no attempt is under way. A session that is up stays up: its owner ends it. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'))
    this.#waiting.abort()
    await this.#running
  }

  async #run(established: S | undefined): Promise<void> {
    if (established) await this.#untilLost(established)
    while (!this.#stopping.signal.aborted) {
      const up = await this.#establish()
      if (up === null) return
      this.#session = up
      this.#options.onUp(up)
      await this.#untilLost(up)
    }
  }

  /** Null when it was stopped. */
  async #establish(): Promise<S | null> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        return await this.#options.establish(signal, this.#lostAt)
      } catch (error) {
        if (signal.aborted) return null
        this.#tries += 1
        const maxMs = this.#options.maxRetryMs?.(error) ?? MAX_RETRY_MS
        const delayMs = backoffMs(this.#tries - 1, FIRST_RETRY_MS, maxMs)
        this.#options.onFailed(error, this.#tries, now() + delayMs)
        await this.#wait(delayMs)
      }
    }
    return null
  }

  async #untilLost(up: S): Promise<void> {
    this.#session = up
    const since = performance.now()
    const error = await Promise.race([up.ended, this.#stopped])
    this.#session = null
    if (error === null || this.#stopping.signal.aborted) return
    this.#lostAt = now()
    const lived = performance.now() - since
    this.#tries = lived < SHORT_LIFE_MS ? this.#tries + 1 : 0
    const needed = this.#failures < FAILING_SESSIONS ? FAILING_LIFE_MS : RECOVERED_LIFE_MS
    this.#failures = lived < needed ? this.#failures + 1 : 0
    const delayMs = Math.max(
      backoffMs(this.#tries, FIRST_RETRY_MS, MAX_RETRY_MS),
      backoffMs(Math.max(0, this.#failures - 1), FIRST_RETRY_MS, FAILING_MAX_RETRY_MS),
    )
    this.#options.onLost(error, up, now() + delayMs)
    await this.#wait(delayMs)
  }

  async #wait(ms: number): Promise<void> {
    this.#waiting = new AbortController()
    if (!this.#stopping.signal.aborted) await sleep(ms, this.#waiting.signal)
  }
}
