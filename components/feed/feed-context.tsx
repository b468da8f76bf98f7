'use client'

import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { laneChoice } from './lane-choice.ts'
import { createPulse, type Pace, type Pulse } from './pulse.ts'
import { restingFeed } from './resting-feed.ts'

interface FeedAndPulse {
  feed: Feed
  pulse: Pulse
}

const FeedContext = createContext<FeedAndPulse>({ feed: restingFeed, pulse: createPulse(restingFeed) })

/** Gives everything below it one feed. The feed's owner closes it. */
export function FeedProvider({ feed, children }: { feed: Feed; children: ReactNode }) {
  const value = useMemo(() => ({ feed, pulse: createPulse(feed, laneChoice.subscribe) }), [feed])
  return <FeedContext value={value}>{children}</FeedContext>
}

/** The feed itself, for commands and for reading inside a component that a slice has woken. Does not subscribe. */
export const useFeed = (): Feed => useContext(FeedContext).feed

type Primitive = string | number | boolean | null | undefined

/**
 * Renders again when `select` gives another value. Feed views change in place, so a slice is always a primitive:
 * a version, a state's name, a signature of what the component is about to read from `useFeed()`.
 * `calm` slices refresh at most four times a second while the room is busy.
 */
export function useSlice<T extends Primitive>(select: (feed: Feed) => T, pace: Pace = 'frame'): T {
  const { feed, pulse } = useContext(FeedContext)
  const subscribe = useCallback((listener: () => void) => pulse.subscribe(pace, listener), [pulse, pace])
  const read = () => select(feed)
  return useSyncExternalStore(subscribe, read, read)
}

/** Whether messages pass faster than an eye follows: then nothing moves per message. */
export function useBusy(): boolean {
  const { pulse } = useContext(FeedContext)
  const subscribe = useCallback((listener: () => void) => pulse.subscribe('calm', listener), [pulse])
  return useSyncExternalStore(
    subscribe,
    () => pulse.busy,
    () => false,
  )
}
