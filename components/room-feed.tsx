'use client'

import { type ReactNode, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { FeedProvider } from './feed/feed-context.tsx'
import { laneChoice } from './feed/lane-choice.ts'
import { restingFeed } from './feed/resting-feed.ts'
import { enterFollowing } from './follow/follow-state.ts'
import { loadMe, onMeChanged } from './me.ts'
import { besideFirstScript } from './ui/on-demand.tsx'
import { Sprite } from './ui/sprite.tsx'

const feedFetched = besideFirstScript(() => import('#lib/feed/create-feed.ts'))

interface RoomFeedProps {
  room: string
  /** The feed is opened after this: what the server has drawn stays until its code has taken it over. */
  after?: () => Promise<unknown>
  children: ReactNode
}

/** What a page of one room stands on: its feed, opened when it appears and closed when it goes. */
export function RoomFeed({ room, after, children }: RoomFeedProps) {
  const [feed, setFeed] = useState<Feed>(restingFeed)
  useEffect(() => {
    laneChoice.enter(room)
    enterFollowing(room)
    let gone = false
    let end = () => {}
    const open = async () => {
      const [{ createFeed }] = await Promise.all([feedFetched(), after?.()])
      if (gone) return
      const opened = createFeed({ room, me: loadMe() })
      const ignoreOtherTabs = onMeChanged(({ name, colour }) => opened.rename(name, colour))
      end = () => {
        ignoreOtherTabs()
        setFeed(restingFeed)
        opened.close()
      }
      setFeed(opened)
    }
    void open()
    return () => {
      gone = true
      end()
    }
  }, [room, after])
  return (
    <FeedProvider feed={feed}>
      <Sprite />
      {children}
    </FeedProvider>
  )
}
