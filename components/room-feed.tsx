'use client'

import { type ReactNode, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import { FeedProvider } from './feed/feed-context.tsx'
import { restingFeed } from './feed/resting-feed.ts'
import { enterFollowing } from './follow/follow-state.ts'
import { besideFirstScript } from './ui/on-demand.tsx'
import { Sprite } from './ui/sprite.tsx'

const feedFetched = besideFirstScript(() => import('./feed/open-feed.ts'))

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
    enterFollowing(room)
    let gone = false
    let end = () => {}
    const open = async () => {
      const [{ openFeed }] = await Promise.all([feedFetched(), after?.()])
      if (gone) return
      const opened = openFeed(room)
      end = () => {
        setFeed(restingFeed)
        opened.close()
      }
      setFeed(opened.feed)
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
