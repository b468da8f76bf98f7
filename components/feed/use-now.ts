import { useTick } from '../ui/use-tick.ts'
import { useFeed, useSlice } from './feed-context.tsx'

/**
 * The moment from which ages and countdowns are counted (`Feed.now`), in Unix milliseconds; renewed twice a second while
 * `active`, and in a recording with each event shown.
 */
export function useNow(active = true): number {
  const feed = useFeed()
  const isRecorded = feed.recorded === true
  useSlice(({ views }) => (active && isRecorded ? views.lastAt : 0), 'calm')
  useTick(active && !isRecorded)
  return feed.now()
}
