import { useRef } from 'react'
import { useTick } from '../ui/use-tick.ts'
import { useFeed, useSlice } from './feed-context.tsx'

/**
 * The moment from which countdowns and ages are counted, renewed twice a second while `active`: in a recording the moment
 * shown, else this computer's clock.
 */
export function useMoment(active: boolean): number {
  const feed = useFeed()
  const isRecorded = feed.recorded === true
  useSlice(({ views }) => (active && isRecorded ? views.lastAt : 0), 'calm')
  const tick = useTick(active && !isRecorded)
  return isRecorded ? feed.views.lastAt : tick
}

/**
 * The time now by the clock of the events, Unix time in milliseconds: the newest event's time and what has passed on
 * this page since; in a recording the moment shown. 0 before the first event.
 */
export function useNow(): number {
  const lastAt = useSlice(({ views }) => views.lastAt, 'calm')
  const { recorded } = useFeed()
  const tick = useTick(recorded !== true)
  const seen = useRef({ lastAt: 0, tick })
  if (seen.current.lastAt !== lastAt) seen.current = { lastAt, tick: Date.now() }
  if (lastAt === 0 || recorded) return lastAt
  return lastAt + Math.max(0, tick - seen.current.tick)
}
