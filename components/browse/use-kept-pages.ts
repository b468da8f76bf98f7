import { useCallback, useEffect, useState } from 'react'
import type { KeptPage } from '#lib/protocol/browse-commands.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import { BROWSE_PAGE_MESSAGES } from '#lib/protocol/limits.ts'
import { destinationId } from '#lib/protocol/names.ts'
import { now } from '#lib/util/clock.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { browseFailureWords } from '../words/browsing.ts'

export type Kept =
  | { state: 'asking' }
  /** `at`: when it was read, by this browser's clock. */
  | { state: 'page'; page: KeptPage; at: number }
  | { state: 'not'; why: string }

export interface KeptPages {
  kept: Kept
  /** Where the page that is shown, or asked for, begins or ends. */
  from: string
  /** Asks for another page, or for the same again. */
  show(from: string): void
}

/** What a lane's destination keeps, a page at a time; the newest first asked for. */
export function useKeptPages({ manifest: { id: system, label }, destination }: LaneRef): KeptPages {
  const feed = useFeed()
  const [asked, ask] = useState({ from: 'newest', times: 0 })
  const [kept, setKept] = useState<Kept>({ state: 'asking' })
  useEffect(() => {
    let isWanted = true
    setKept({ state: 'asking' })
    const page = { from: asked.from, limit: BROWSE_PAGE_MESSAGES }
    const fail = (failure: Failure) => setKept({ state: 'not', why: browseFailureWords(failure, label) })
    void feed
      .command('destination:browse', { destination: destinationId(system, destination), ...page })
      .then((reply) => {
        if (!isWanted) return
        if (reply.ok) setKept({ state: 'page', page: reply.value, at: now() })
        else fail(reply)
      })
    return () => {
      isWanted = false
    }
  }, [feed, system, label, destination, asked])
  const show = useCallback((from: string) => ask(({ times }) => ({ from, times: times + 1 })), [])
  return { kept, from: asked.from, show }
}
