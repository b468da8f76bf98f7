'use client'

import { useEffect, useState } from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type JoinPlace, joinPlaceOf } from './join-place.ts'

/** Null until the server has said how one joins. Asked again with each new connection: it may share since. */
export function useJoinPlace(room: string): JoinPlace | null {
  const feed = useFeed()
  const isLive = useSlice(({ connection }) => connection.state === 'live')
  const [place, setPlace] = useState<JoinPlace | null>(null)
  useEffect(() => {
    if (!isLive) return undefined
    let wanted = true
    void feed.command('access:share', { room }).then((reply) => {
      if (wanted && reply.ok) setPlace(joinPlaceOf(reply.value, location.origin))
    })
    return () => {
      wanted = false
    }
  }, [feed, isLive, room])
  return place
}
