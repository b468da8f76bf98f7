import { createDeferred, type Deferred } from '#lib/util/deferred.ts'
import { politely } from './failures.ts'

/** Ending a wait may have to be said again, when it was said before the wait had begun. */
const WAKE_EVERY_MS = 10
const WAKE_TRIES = 100

export interface BlockingReadParts {
  /** How much it may take in now; 0: none, until `mayTake`. */
  room(): number
  /** Waits for something, `room` at most, and takes it in. */
  next(room: number): Promise<void>
  /** Ends a wait that `next` is in. */
  unblock(): Promise<unknown>
  /** The wait could not be ended: it goes on as it was asked for, until something comes. */
  onNotRenewed(error: unknown): void
  /** It takes in nothing more: Redis refused, or the connection has ended. */
  onFailed(error: unknown): void
}

/** Takes in what comes for as long as a session lasts, one wait after another. */
export interface BlockingReads {
  /** There may be room now. */
  mayTake(): void
  /** What is waited for was decided under other settings: waits anew. */
  renew(): void
  /** Takes in nothing more; resolves once no wait is under way, or when that takes longer than `ms`. */
  stop(ms: number): Promise<void>
  /** The connection is gone: no wait will be. */
  abandon(): void
}

export function startBlockingReads(parts: BlockingReadParts): BlockingReads {
  let stopped = false
  let waiting = 0
  let gate: Deferred<void> | undefined

  const take = async () => {
    while (!stopped) {
      const room = parts.room()
      if (room <= 0) {
        gate = createDeferred()
        await gate.promise
        continue
      }
      waiting++
      await parts.next(room)
    }
  }
  const running = take().catch((error: unknown) => {
    if (!stopped) parts.onFailed(error)
    stopped = true
  })
  /** `Redis` may hear that a wait is to end before it hears of the wait. */
  const wake = async (wait: number) => {
    for (let tries = 0; tries < WAKE_TRIES && waiting === wait; tries++) {
      await parts.unblock()
      await new Promise((resolve) => setTimeout(resolve, WAKE_EVERY_MS))
    }
  }
  return {
    mayTake: () => gate?.resolve(),
    renew: () => void wake(waiting).catch(parts.onNotRenewed),
    stop: async (ms) => {
      stopped = true
      gate?.resolve()
      await politely('the end of its wait', ms, async () => {
        await Promise.race([running, wake(waiting).then(() => running)])
      })
    },
    abandon: () => {
      stopped = true
      gate?.resolve()
    },
  }
}
