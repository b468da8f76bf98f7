import type { Feed } from '#lib/feed/feed.ts'
import { createRate } from './rate.ts'

/**
 * How often a part of the screen looks at the feed. `frame`: with the feed, which is once an animation frame. `calm`:
 * the same, but four times a second while busy, for numbers that nobody could read faster.
 */
export type Pace = 'frame' | 'calm'

/** Between two looks of a calm part while busy. */
const BUSY_CALM_MS = 250
/** Nothing came for so long: whatever the rate was, it is over. The window that the rate is counted in. */
const REST_MS = 1_000
/** Events a second from which the room counts as busy: some eight belong to one message sent to all three. */
const BUSY_EVENTS_PER_SECOND = 40
/**
 * Between the beginnings of two rounds of looking while busy: two frames. Drawing every frame costs twice as much, and
 * what is seen is no newer to an eye.
 */
const ROUND_MIN_MS = 33
/**
 * Looks in one frame at most: some more than the lobby's three lanes and seven panes take. A page with more of them is
 * drawn in parts, a part a frame, so that every task stays short and typing smooth.
 */
const LOOKS_PER_FRAME = 200

export interface Pulse {
  readonly busy: boolean
  subscribe(pace: Pace, listener: () => void): () => void
}

type Listener = () => void

const NEVER = () => () => undefined

/**
 * One subscription to the feed shared by all components; ends with its last listener. `choices` tells of what a person
 * chose on this page: everybody looks at once.
 */
export function createPulse(feed: Feed, choices: (listener: () => void) => () => void = NEVER): Pulse {
  const listeners: Record<Pace, Set<Listener>> = { frame: new Set(), calm: new Set() }
  /** Who is still to look in this round; the order is the order of turns. */
  const waiting = new Set<Listener>()
  const rate = createRate()
  let busy = false
  let calmAt = Number.NEGATIVE_INFINITY
  let roundAt = Number.NEGATIVE_INFINITY
  let roundTimer: ReturnType<typeof setTimeout> | undefined
  let calmTimer: ReturnType<typeof setTimeout> | undefined
  let restTimer: ReturnType<typeof setTimeout> | undefined
  let frame: number | undefined
  let unsubscribe: (() => void) | undefined

  function listen(): () => void {
    const ends = [feed.subscribe(onFeed), choices(fireAll)]
    return () => {
      for (const end of ends) end()
    }
  }

  const total = () => listeners.frame.size + listeners.calm.size

  function fireSome(): void {
    let turns = LOOKS_PER_FRAME
    for (const listener of waiting) {
      waiting.delete(listener)
      listener()
      turns -= 1
      if (turns === 0) break
    }
    if (waiting.size > 0) frame ??= requestAnimationFrame(onFrame)
  }

  function onFrame(): void {
    frame = undefined
    fireSome()
  }

  function offerCalm(now: number): void {
    clearTimeout(calmTimer)
    calmTimer = undefined
    if (now - calmAt >= BUSY_CALM_MS) {
      calmAt = now
      for (const listener of listeners.calm) waiting.add(listener)
    } else {
      // The last word of a burst is looked at too, also when nothing follows it.
      calmTimer = setTimeout(onFeed, calmAt + BUSY_CALM_MS - now)
    }
  }

  function fireAll(): void {
    waiting.clear()
    for (const set of Object.values(listeners)) for (const listener of set) listener()
  }

  function onFeed(): void {
    const now = performance.now()
    busy = rate.sample(feed.views.seq, now) > BUSY_EVENTS_PER_SECOND
    clearTimeout(restTimer)
    restTimer = busy ? setTimeout(onFeed, REST_MS) : undefined
    if (!busy) {
      calmAt = now
      fireAll()
      return
    }
    for (const listener of listeners.frame) waiting.add(listener)
    offerCalm(now)
    if (frame === undefined) startRound(now)
  }

  /** In a task of its own, never in the frame's: what is drawn and its painting are two short tasks instead of a long one. */
  function startRound(now: number): void {
    roundTimer ??= setTimeout(round, Math.max(0, roundAt + ROUND_MIN_MS - now))
  }

  function round(): void {
    roundTimer = undefined
    roundAt = performance.now()
    fireSome()
  }

  function stopIfUnused(): void {
    if (total() > 0) return
    unsubscribe?.()
    unsubscribe = undefined
    clearTimeout(calmTimer)
    calmTimer = undefined
    clearTimeout(roundTimer)
    roundTimer = undefined
    clearTimeout(restTimer)
    restTimer = undefined
    if (frame !== undefined) cancelAnimationFrame(frame)
    frame = undefined
  }

  return {
    get busy() {
      return busy
    },
    subscribe(pace, listener) {
      listeners[pace].add(listener)
      unsubscribe ??= listen()
      return () => {
        listeners[pace].delete(listener)
        waiting.delete(listener)
        stopIfUnused()
      }
    },
  }
}
