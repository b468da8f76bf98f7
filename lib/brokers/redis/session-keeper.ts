import { backoffMs } from '#lib/util/backoff.ts'
import { now } from '#lib/util/clock.ts'
import { createDeferred, type Deferred } from '#lib/util/deferred.ts'

/** Between two tries: quick at first, and never so long that a Redis that is back waits noticeably. */
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 1_000
/** After a loss: at once for a person, but a connection that is cut again and again doesn't keep a core busy. */
const AFTER_LOSS_MS = 20

export interface Keepable {
  readonly ended: Promise<Error>
}

export interface KeeperHooks<T extends Keepable> {
  /** One try. Throws with the reason. Gives up when `signal` aborts. */
  open(signal: AbortSignal): Promise<T>
  onUp(opened: T): void
  onLost(error: Error): void
  /** A try failed; the next is due at `nextTryAt`, milliseconds since the epoch. */
  onFailed(error: unknown, tries: number, nextTryAt: number): void
}

/** Keeps something open that ends now and then: opens it again and again, until stopped. */
export interface Keeper {
  /** Starts with nothing, or with what is open already (of which `onUp` is not told). */
  start(): void
  /** Tries now instead of at the next due time. */
  retryNow(): void
  /** Idempotent. Tries no more; resolves once no try is under way. What is open stays open: its end is for its owner. */
  stop(): Promise<void>
}

export function createKeeper<T extends Keepable>(hooks: KeeperHooks<T>, initial?: T): Keeper {
  const stopping = new AbortController()
  const { signal } = stopping
  let waiting: Deferred<void> | undefined
  let running: Promise<void> | undefined

  const wait = async (ms: number) => {
    waiting = createDeferred()
    const timer = setTimeout(waiting.resolve, ms)
    await waiting.promise
    clearTimeout(timer)
    waiting = undefined
  }
  const openOnce = async (): Promise<T | undefined> => {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        return await hooks.open(signal)
      } catch (error) {
        if (signal.aborted) return undefined
        const delayMs = backoffMs(tries - 1, FIRST_RETRY_MS, MAX_RETRY_MS)
        hooks.onFailed(error, tries, now() + delayMs)
        await wait(delayMs)
      }
    }
    return undefined
  }
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  const keep = async (opened: T): Promise<void> => {
    const error = await Promise.race([opened.ended, stopped])
    if (signal.aborted || !error) return
    hooks.onLost(error)
    await wait(AFTER_LOSS_MS)
  }
  const run = async () => {
    if (initial) await keep(initial)
    while (!signal.aborted) {
      const opened = await openOnce()
      if (!opened) return
      hooks.onUp(opened)
      await keep(opened)
    }
  }
  return {
    start: () => {
      running ??= run()
    },
    retryNow: () => waiting?.resolve(),
    stop: async () => {
      stopping.abort()
      waiting?.resolve()
      await running
    },
  }
}
