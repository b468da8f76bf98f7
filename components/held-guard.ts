'use client'

import { useEffect } from 'react'
import type { Feed } from '#lib/feed/feed.ts'

/** Closing the page would lose what is held here: the browser asks first. */
export function useHeldGuard(feed: Feed): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (feed.held.length > 0) event.preventDefault()
    }
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [feed])
}
