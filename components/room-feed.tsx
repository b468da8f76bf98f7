'use client'

import { type ReactNode, useEffect, useState } from 'react'
import { createFeed } from '#lib/feed/create-feed.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { FeedProvider } from './feed/feed-context.tsx'
import { laneChoice } from './feed/lane-choice.ts'
import { restingFeed } from './feed/resting-feed.ts'
import { enterFollowing } from './follow/follow-state.ts'
import { loadMe, onMeChanged } from './me.ts'
import { Sprite } from './ui/sprite.tsx'

/** What a page of one room stands on: its feed, opened when it appears and closed when it goes. */
export function RoomFeed({ room, children }: { room: string; children: ReactNode }) {
  const [feed, setFeed] = useState<Feed>(restingFeed)
  useEffect(() => {
    laneChoice.enter(room)
    enterFollowing(room)
    const opened = createFeed({ room, me: loadMe() })
    setFeed(opened)
    const ignoreOtherTabs = onMeChanged(({ name, colour }) => opened.rename(name, colour))
    return () => {
      ignoreOtherTabs()
      setFeed(restingFeed)
      opened.close()
    }
  }, [room])
  return (
    <FeedProvider feed={feed}>
      <Sprite />
      {children}
    </FeedProvider>
  )
}
