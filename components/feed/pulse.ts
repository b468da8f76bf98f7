import type { Feed } from '#lib/feed/feed.ts'
import { createRate } from './rate.ts'

/**
 * How often a part of the screen is updated. `frame`: with the feed, which is once an animation frame. `calm`: the same,
 * but four times a second while busy, for numbers that nobody could read faster.
 */
export type Pace = 'frame' | 'calm'

/** The pause between two updates of a calm part while busy. */
const BUSY_CALM_MS = 250
/** The rate is counted over this window: when nothing came for so long, the room is at rest. */
const REST_MS = 1_000
/** Events a second from which the room counts as busy: some eight belong to one message sent to all three. */
const BUSY_EVENTS_PER_SECOND = 40
/** The time between two rounds of updates while busy: two frames. Updating every frame costs twice as much and is not seen. */
const ROUND_MIN_MS = 33
/**
 * Listeners called in one frame at most: more than the lobby's three lanes and seven panes have. A page with more of them
 * is updated over several frames, so that every task stays short and typing smooth.
 */
const LISTENERS_PER_FRAME = 200

export interface Pulse {
  readonly busy: boolean
  subscribe(pace: Pace, listener: () => void): () => void
}

type Listener = () => void

const NEVER = () => () => undefined

/**
 * One subscription to the feed shared by all components; it ends with its last listener. `choices` reports what a person
 * chose on this page: then all listeners are called at once.
 */
export const createPulse = (feed: Feed, choices: (listener: () => void) => () => void = NEVER): Pulse =>
  new FeedPulse(feed, choices)

type Timer = ReturnType<typeof setTimeout>

class FeedPulse implements Pulse {
  readonly #source: Feed
  readonly #choices: (listener: Listener) => () => void
  readonly #listeners: Record<Pace, Set<Listener>> = { frame: new Set(), calm: new Set() }
  /** Who is still to be called in this round, in order. */
  readonly #waiting = new Set<Listener>()
  readonly #rate = createRate()
  #busy = false
  #calmAt = Number.NEGATIVE_INFINITY
  #roundAt = Number.NEGATIVE_INFINITY
  #roundTimer: Timer | undefined
  #calmTimer: Timer | undefined
  #restTimer: Timer | undefined
  #frame: number | undefined
  #unsubscribe: (() => void) | undefined

  constructor(feed: Feed, choices: (listener: Listener) => () => void) {
    this.#source = feed
    this.#choices = choices
  }

  get busy() {
    return this.#busy
  }

  subscribe(pace: Pace, listener: Listener): () => void {
    this.#listeners[pace].add(listener)
    this.#unsubscribe ??= this.#listen()
    return () => {
      this.#listeners[pace].delete(listener)
      this.#waiting.delete(listener)
      this.#stopIfUnused()
    }
  }

  #listen(): () => void {
    const ends = [this.#source.subscribe(this.#onFeed), this.#choices(() => this.#callAll())]
    return () => {
      for (const end of ends) end()
    }
  }

  #onFeed = (): void => {
    const now = performance.now()
    this.#busy = this.#rate.sample(this.#source.views.seq, now) > BUSY_EVENTS_PER_SECOND
    clearTimeout(this.#restTimer)
    this.#restTimer = this.#busy ? setTimeout(this.#onFeed, REST_MS) : undefined
    if (!this.#busy) {
      this.#calmAt = now
      this.#callAll()
      return
    }
    for (const listener of this.#listeners.frame) this.#waiting.add(listener)
    this.#addCalm(now)
    if (this.#frame === undefined) this.#startRound(now)
  }

  #addCalm(now: number): void {
    clearTimeout(this.#calmTimer)
    this.#calmTimer = undefined
    if (now - this.#calmAt >= BUSY_CALM_MS) {
      this.#calmAt = now
      for (const listener of this.#listeners.calm) this.#waiting.add(listener)
    } else {
      // The end of a burst is shown too, even when nothing follows it.
      this.#calmTimer = setTimeout(this.#onFeed, this.#calmAt + BUSY_CALM_MS - now)
    }
  }

  /** In a task of its own, never in the frame's: rendering and painting are two short tasks instead of a long one. */
  #startRound(now: number): void {
    this.#roundTimer ??= setTimeout(
      () => {
        this.#roundTimer = undefined
        this.#roundAt = performance.now()
        this.#callSome()
      },
      Math.max(0, this.#roundAt + ROUND_MIN_MS - now),
    )
  }

  #callSome(): void {
    let left = LISTENERS_PER_FRAME
    for (const listener of this.#waiting) {
      this.#waiting.delete(listener)
      listener()
      left -= 1
      if (left === 0) break
    }
    if (this.#waiting.size === 0) return
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      this.#callSome()
    })
  }

  #callAll(): void {
    this.#waiting.clear()
    for (const set of Object.values(this.#listeners)) for (const listener of set) listener()
  }

  #stopIfUnused(): void {
    if (this.#listeners.frame.size + this.#listeners.calm.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    for (const timer of [this.#calmTimer, this.#roundTimer, this.#restTimer]) clearTimeout(timer)
    this.#calmTimer = undefined
    this.#roundTimer = undefined
    this.#restTimer = undefined
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
    this.#frame = undefined
  }
}
