import type { Feed } from '#lib/feed/feed.ts'
import { createRate } from './rate.ts'

/**
 * How often a part of the screen looks at the feed. `frame`: with the feed, which is once an animation frame, and at
 * most every `BUSY_FRAME_MS` while busy. `calm`: the same, and at most four times a second while busy.
 */
export type Pace = 'frame' | 'calm'

/** Thirty looks a second are enough for rows that nobody can read, and leave the page half of its time. */
const BUSY_FRAME_MS = 32
const BUSY_CALM_MS = 250
/** Events a second from which the room counts as busy: some eight belong to one message sent to all three. */
const BUSY_EVENTS_PER_SECOND = 40

export interface Pulse {
  readonly busy: boolean
  subscribe(pace: Pace, listener: () => void): () => void
}

interface Channel {
  listeners: Set<() => void>
  everyMs: number
  lastAt: number
  timer: ReturnType<typeof setTimeout> | undefined
}

const createChannel = (everyMs: number): Channel => ({
  listeners: new Set(),
  everyMs,
  lastAt: Number.NEGATIVE_INFINITY,
  timer: undefined,
})

/** One subscription to the feed shared by all components; ends with its last listener. */
export function createPulse(feed: Feed): Pulse {
  const channels: Record<Pace, Channel> = {
    frame: createChannel(BUSY_FRAME_MS),
    calm: createChannel(BUSY_CALM_MS),
  }
  const rate = createRate()
  let busy = false
  let unsubscribe: (() => void) | undefined

  function fire(channel: Channel): void {
    clearTimeout(channel.timer)
    channel.timer = undefined
    channel.lastAt = performance.now()
    for (const listener of channel.listeners) listener()
  }

  function offer(channel: Channel): void {
    if (channel.timer !== undefined) return
    const dueIn = busy ? channel.lastAt + channel.everyMs - performance.now() : 0
    if (dueIn <= 0) fire(channel)
    else channel.timer = setTimeout(() => fire(channel), dueIn)
  }

  function onFeed(): void {
    busy = rate.sample(feed.views.seq, performance.now()) > BUSY_EVENTS_PER_SECOND
    offer(channels.frame)
    offer(channels.calm)
  }

  function stopIfUnused(): void {
    if (channels.frame.listeners.size + channels.calm.listeners.size > 0) return
    unsubscribe?.()
    unsubscribe = undefined
    for (const channel of Object.values(channels)) {
      clearTimeout(channel.timer)
      channel.timer = undefined
    }
  }

  return {
    get busy() {
      return busy
    },
    subscribe(pace, listener) {
      channels[pace].listeners.add(listener)
      unsubscribe ??= feed.subscribe(onFeed)
      return () => {
        channels[pace].listeners.delete(listener)
        stopIfUnused()
      }
    },
  }
}
