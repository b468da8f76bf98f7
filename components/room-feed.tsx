'use client'

import { type ReactNode, startTransition, useEffect, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { RoomPicture } from '#lib/ledger/model/room-picture.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { FeedProvider } from './feed/feed-context.tsx'
import { pictureFeed } from './feed/picture-feed.ts'
import { restingFeed } from './feed/resting-feed.ts'
import { enterFollowing } from './follow/follow-state.ts'
import { besideFirstScript } from './ui/on-demand.tsx'
import { Sprite } from './ui/sprite.tsx'

const feedFetched = besideFirstScript(() => import('./feed/open-feed.ts'))

/** A room whose events take longer to read is shown while they are read. */
const SHOW_AFTER_MS = 400

/** Calls `show` once a feed knows its room, or that it cannot. Returns how to stop. */
function onceWorthShowing(feed: Feed, show: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    const { state } = feed.connection
    if (state === 'catching-up') timer ??= setTimeout(end, SHOW_AFTER_MS, show)
    else if (state !== 'connecting') end(show)
  }
  const end = (then = () => {}) => {
    clearTimeout(timer)
    stop()
    then()
  }
  const stop = feed.subscribe(look)
  return () => end()
}

interface RoomFeedProps {
  room: string
  /** The feed is opened after this: what the server has drawn stays until its code has taken it over. */
  after?: () => Promise<unknown>
  /** The room as the server drew it: it stays until the feed knows the room. */
  picture?: RoomPicture | undefined
  children: ReactNode
}

/** What a page of one room stands on: its feed, opened when it appears and closed when it goes. */
export function RoomFeed({ room, after, picture, children }: RoomFeedProps) {
  const [live] = useState(createDeferred<Feed>)
  const [drawn] = useState<Feed>(() => (picture ? pictureFeed(picture, live.promise) : restingFeed))
  const [feed, setFeed] = useState(drawn)
  useEffect(() => {
    enterFollowing(room)
    let gone = false
    let end = () => {}
    const open = async () => {
      const [{ openFeed }] = await Promise.all([feedFetched(), after?.()])
      if (gone) return
      const opened = openFeed(room)
      const show = () => startTransition(() => setFeed(opened.feed))
      const stopWaiting = drawn === restingFeed ? undefined : onceWorthShowing(opened.feed, show)
      live.resolve(opened.feed)
      end = () => {
        stopWaiting?.()
        setFeed(drawn)
        opened.close()
      }
      if (!stopWaiting) setFeed(opened.feed)
    }
    void open()
    return () => {
      gone = true
      end()
    }
  }, [room, after, drawn, live])
  return (
    <FeedProvider feed={feed}>
      <Sprite />
      {children}
    </FeedProvider>
  )
}
