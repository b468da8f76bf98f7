import type { Unsubscribe } from '#lib/util/emitter.ts'

export interface RoomActivityOptions {
  idleMs: number
  /** Whether the room itself is doing something that must go on: a running load. */
  isBusy: () => boolean
  onWake: () => void
  onSleep: () => void
}

/**
 * Whether anybody needs the room. It is awake while it is watched or busy, and for the idle time after the last request
 * that named it; otherwise it sleeps. It starts asleep, so that a room nobody has opened takes nothing from its brokers.
 */
export class RoomActivity {
  private readonly options: RoomActivityOptions
  private isAwake = false
  private closed = false
  private watchers = 0
  /** By the monotonic clock: a step of the wall clock must neither wake nor hold it. */
  private namedAt = performance.now()
  private timer: NodeJS.Timeout | undefined

  constructor(options: RoomActivityOptions) {
    this.options = options
  }

  get awake(): boolean {
    return this.isAwake
  }

  /** For how long nobody has visited it: watched it, or named it in a request. Milliseconds. */
  get unvisitedMs(): number {
    return this.watchers > 0 ? 0 : performance.now() - this.namedAt
  }

  /** Somebody is watching from now on, until the returned function is called. */
  watch(): Unsubscribe {
    this.watchers += 1
    this.touch()
    let watching = true
    return () => {
      if (!watching) return
      watching = false
      this.watchers -= 1
      if (this.watchers > 0 || this.closed) return
      this.namedAt = performance.now()
      this.arm(this.options.idleMs)
    }
  }

  /** A request named the room. */
  touch(): void {
    if (this.closed) return
    this.namedAt = performance.now()
    if (this.watchers === 0) this.arm(this.options.idleMs)
    if (this.isAwake) return
    this.isAwake = true
    this.options.onWake()
  }

  /** The room sleeps from now on, without `onSleep` being called. */
  close(): void {
    this.closed = true
    this.isAwake = false
    clearTimeout(this.timer)
  }

  private arm(delayMs: number): void {
    this.timer ??= setTimeout(() => this.check(), delayMs)
    this.timer.unref()
  }

  private check(): void {
    this.timer = undefined
    if (this.closed || !this.isAwake || this.watchers > 0) return
    const left = this.namedAt + this.options.idleMs - performance.now()
    if (left > 0) this.arm(left)
    else if (this.options.isBusy()) this.arm(this.options.idleMs)
    else {
      this.isAwake = false
      this.options.onSleep()
    }
  }
}
