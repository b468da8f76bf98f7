import { useEffect, useMemo } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { useFeed } from '../feed/feed-context.tsx'

/** Points at messages for as long as one looks at them, and afterwards at what was pointed at before. */
export interface Peek {
  /** Another one, or none any more. */
  at(messageId: string | undefined): void
  /** What is pointed at is going to stay: nothing is given back. */
  keep(): void
}

export function createPeek(feed: Pick<Feed, 'trace' | 'pin' | 'views'>): Peek {
  /** What was pinned before; undefined while nothing is looked at. */
  let before: string | null | undefined
  return {
    at: (messageId) => {
      const isHere = messageId !== undefined && feed.views.message(messageId) !== undefined
      if (isHere) {
        if (before === undefined) before = feed.trace.pinned ? feed.trace.messageId : null
        feed.pin(messageId)
      } else if (before !== undefined) {
        feed.pin(before)
        before = undefined
      }
    },
    keep: () => {
      before = undefined
    },
  }
}

/** Gives back what was pointed at before also when the list is closed. */
export function usePeek(): Peek {
  const feed = useFeed()
  const peek = useMemo(() => createPeek(feed), [feed])
  useEffect(() => () => peek.at(undefined), [peek])
  return peek
}
