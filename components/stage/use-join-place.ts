'use client'

import { useMemo, useSyncExternalStore } from 'react'

/** Where people join: the address to read, the code to type there, if any, and the link that holds both. */
export interface JoinPlace {
  address: string
  code: string | null
  url: string
}

const NEVER = () => () => undefined

/** Null until the page knows under which address it was opened. */
export function useJoinPlace(room: string): JoinPlace | null {
  const origin = useSyncExternalStore(
    NEVER,
    () => location.origin,
    () => null,
  )
  return useMemo(() => {
    if (origin === null) return null
    return { address: `${new URL(origin).host}/r/${room}`, code: null, url: `${origin}/r/${room}` }
  }, [origin, room])
}
