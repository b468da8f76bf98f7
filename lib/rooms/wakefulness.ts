import { now } from '#lib/util/clock.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'

/**
 * Whether anybody needs the room: awake while it is watched or busy and for the idle time after the last request that
 * named it, else asleep. Starts asleep, so that a room nobody has looked at takes nothing from its brokers.
 */
export interface Wakefulness {
  readonly awake: boolean
  watch(): Unsubscribe
  touch(): void
  /** Asleep for good. */
  close(): void
}

export interface WakefulnessOptions {
  idleMs: number
  /** Something of the room's own that must not be put to sleep: a running load. */
  isBusy: () => boolean
  onWake: () => void
  onSleep: () => void
}

export function createWakefulness({ idleMs, isBusy, onWake, onSleep }: WakefulnessOptions): Wakefulness {
  let awake = false
  let closed = false
  let watchers = 0
  let namedAt = 0
  let timer: NodeJS.Timeout | undefined

  function arm(delayMs: number): void {
    timer ??= setTimeout(look, delayMs)
    timer.unref()
  }

  function look(): void {
    timer = undefined
    if (closed || !awake || watchers > 0) return
    const left = namedAt + idleMs - now()
    if (left > 0) arm(left)
    else if (isBusy()) arm(idleMs)
    else {
      awake = false
      onSleep()
    }
  }

  function touch(): void {
    if (closed) return
    namedAt = now()
    if (watchers === 0) arm(idleMs)
    if (awake) return
    awake = true
    onWake()
  }

  function watch(): Unsubscribe {
    watchers += 1
    touch()
    let watching = true
    return () => {
      if (!watching) return
      watching = false
      watchers -= 1
      if (watchers > 0 || closed) return
      namedAt = now()
      arm(idleMs)
    }
  }

  return {
    get awake() {
      return awake
    },
    watch,
    touch,
    close: () => {
      closed = true
      awake = false
      clearTimeout(timer)
    },
  }
}
