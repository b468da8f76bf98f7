import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { DriverLog, DriverStatus } from '../contract.ts'
import { pause } from './bounded.ts'
import { reasonOf } from './failures.ts'

/** A restarting broker is found again within about a second, and one that was only cut off at once. */
const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 1_000
/** Wrong credentials rarely mend themselves; trying each second would only fill the broker's log. */
const MAX_RETRY_REFUSED_MS = 5_000
/** What lived shorter than this was not really up: the pauses go on growing. */
const SHORT_LIFE_MS = 1_000

/** What a link keeps up: resolves `ended` with the reason once it is over. */
export interface LinkSession {
  readonly version: string
  readonly ended: Promise<Error>
}

/** Keeps one session up, again and again, and is the driver's status. */
export interface Link<S extends LinkSession> {
  open(): void
  /** Tries now instead of at the next due time. */
  retry(): void
  readonly status: DriverStatus
  onStatus(listener: (status: DriverStatus) => void): Unsubscribe
  /** The session while up, else null. */
  readonly session: S | null
  /** Resolves once up or when `signal` aborts. */
  untilUp(signal: AbortSignal): Promise<void>
  /** Stops trying; ending the session is its owner's. Resolves once neither a session nor an attempt is left. */
  stop(): Promise<void>
}

/**
 * `establish` gets when the last session was lost (null for the first) and must end what it opened when it throws,
 * which it does when `isStopped`.
 */
export function createLink<S extends LinkSession>(
  establish: (lostAt: number | null, isStopped: () => boolean) => Promise<S>,
  log: DriverLog,
): Link<S> {
  const signal = createSignal<DriverStatus>()
  let status: DriverStatus = {
    status: 'connecting',
    reason: { code: 'connecting', text: 'not tried yet' },
    tries: 0,
  }
  let session: S | null = null
  let started = false
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let waiting = new AbortController()

  const set = (next: DriverStatus) => {
    status = next
    signal.emit(next)
  }
  const waitFor = async (ms: number) => {
    waiting = new AbortController()
    if (!stopped) await pause(ms, waiting.signal)
  }
  const failed = async (error: unknown, tries: number) => {
    const reason = reasonOf(error)
    const most = reason.code === 'authentication' ? MAX_RETRY_REFUSED_MS : MAX_RETRY_MS
    const delayMs = backoffMs(tries - 1, FIRST_RETRY_MS, most)
    log.debug({ tries, reason }, 'no connection to RabbitMQ')
    set({ status: 'down', reason, tries, nextTryAt: now() + delayMs })
    await waitFor(delayMs)
  }
  const run = async () => {
    let tries = 0
    let lostAt: number | null = null
    while (!stopped) {
      try {
        session = await establish(lostAt, () => stopped)
      } catch (error) {
        tries += 1
        if (!stopped) await failed(error, tries)
        continue
      }
      const since = now()
      log.info({ version: session.version }, 'connected to RabbitMQ')
      set({ status: 'up', version: session.version })
      const error = await session.ended
      session = null
      if (stopped) break
      lostAt = now()
      tries = lostAt - since < SHORT_LIFE_MS ? tries + 1 : 0
      const delayMs = backoffMs(tries, FIRST_RETRY_MS, MAX_RETRY_MS)
      log.warn({ reason: error.message }, 'lost the connection to RabbitMQ')
      set({ status: 'connecting', reason: reasonOf(error), tries: 0, nextTryAt: now() + delayMs })
      await waitFor(delayMs)
    }
  }
  return {
    open: () => {
      if (started || stopped) return
      started = true
      running = run()
    },
    retry: () => waiting.abort(),
    get status() {
      return status
    },
    onStatus: signal.on,
    get session() {
      return session
    },
    untilUp: (aborted) => untilUp(signal.on, () => session !== null, aborted),
    stop: () => {
      if (stopped) return running
      stopped = true
      waiting.abort()
      set({ status: 'down', reason: { code: 'stopped', text: 'closed by the dashboard' }, tries: 0 })
      signal.clear()
      return running
    },
  }
}

function untilUp(
  onStatus: (listener: (status: DriverStatus) => void) => Unsubscribe,
  isUp: () => boolean,
  aborted: AbortSignal,
): Promise<void> {
  if (isUp() || aborted.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      off()
      aborted.removeEventListener('abort', done)
      resolve()
    }
    const off = onStatus(({ status }) => status === 'up' && done())
    aborted.addEventListener('abort', done, { once: true })
  })
}
