'use client'

import { useEffect, useState } from 'react'
import { type RoomShare, roomShareSchema } from '#lib/protocol/access-commands.ts'
import { pageAddress } from '#lib/util/page-address.ts'

/**
 * How people join a room; `link` holds the code, and is made of the address that this page has itself where others can
 * reach that.
 */
export interface Invitation extends RoomShare {
  readonly link: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|.+\.localhost)$/

/** Null until the dashboard has said it, and where it does not answer. */
export function useRoomShare(room: string): Invitation | null {
  const [share, setShare] = useState<Invitation | null>(null)
  useEffect(() => {
    let gone = false
    void fetchShare(room).then((found) => {
      if (!gone) setShare(found)
    })
    return () => {
      gone = true
    }
  }, [room])
  return share
}

async function fetchShare(room: string): Promise<Invitation | null> {
  try {
    const answer = await fetch(pageAddress(`/api/rooms/${encodeURIComponent(room)}/share`))
    const parsed = roomShareSchema.safeParse(await answer.json())
    if (!parsed.success) return null
    const own = location.origin + pageAddress(`/join/${parsed.data.code}`)
    const [best = own] = parsed.data.addresses
    return { ...parsed.data, link: LOOPBACK.test(location.hostname) ? best : own }
  } catch {
    // The box says that there is no answer; opening it again asks again.
    return null
  }
}
