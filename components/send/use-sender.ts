'use client'

import { useCallback, useState } from 'react'
import type { RefusedSend, SendRequest, SendResult } from '#lib/feed/feed.ts'
import { useFeed } from '../feed/feed-context.tsx'

/** A send that takes longer than this says so. */
const SAY_SENDING_AFTER_MS = 150

export interface Sender {
  /** A send is under way for so long that the button says "Sending". */
  slow: boolean
  refused: readonly RefusedSend[]
  send(request: SendRequest): Promise<SendResult>
  forget(): void
}

/** Sends, and remembers what was refused until the next send or edit. */
export function useSender(): Sender {
  const feed = useFeed()
  const [slow, setSlow] = useState(0)
  const [refused, setRefused] = useState<readonly RefusedSend[]>([])
  const send = useCallback(
    async (request: SendRequest) => {
      let counted = false
      const timer = setTimeout(() => {
        counted = true
        setSlow((count) => count + 1)
      }, SAY_SENDING_AFTER_MS)
      try {
        const result = await feed.send(request)
        setRefused(result.refused)
        return result
      } finally {
        clearTimeout(timer)
        if (counted) setSlow((count) => count - 1)
      }
    },
    [feed],
  )
  const forget = useCallback(() => setRefused([]), [])
  return { slow: slow > 0, refused, send, forget }
}
