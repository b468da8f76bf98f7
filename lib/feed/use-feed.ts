import { useCallback, useRef, useSyncExternalStore } from 'react'
import type { Feed } from './feed.ts'

/**
 * A value read from a feed, fresh whenever the feed's counter has risen. Renders only when the value has changed by
 * `equal`. The feed's views change in place between frames, so the value is read once per version and kept.
 */
export function useFeedValue<T>(
  feed: Feed,
  selector: (feed: Feed) => T,
  equal: (a: T, b: T) => boolean = Object.is,
): T {
  const seen = useRef<{ feed: Feed; selector: (feed: Feed) => T; version: number; value: T } | null>(null)
  const read = useCallback((): T => {
    const last = seen.current
    if (last?.feed === feed && last.selector === selector && last.version === feed.version) return last.value
    const fresh = selector(feed)
    const value = last?.feed === feed && equal(last.value, fresh) ? last.value : fresh
    seen.current = { feed, selector, version: feed.version, value }
    return value
  }, [feed, selector, equal])
  return useSyncExternalStore(feed.subscribe, read, read)
}
