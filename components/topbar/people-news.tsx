'use client'

import { useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { PersonChangeView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { personNewsWords } from '../words/people.ts'

/** What happens within this time is said in one sentence, and a page that was only reloaded is back. */
const GATHER_MS = 1_500
const SHOWN_MS = 6_000

/** The changes of others after a moment that still hold: who has come back has not left. */
const changesSince = ({ views, me }: Feed, since: number): PersonChangeView[] =>
  views.personChanges.filter(({ at, person }) => at > since && person.id !== me.id)

/** What has just become of other people, in words, for a few seconds; empty else. */
function useNews(): string {
  const feed = useFeed()
  const isLive = useSlice(({ connection }) => connection.state === 'live')
  const newest = useSlice(({ views }) => views.personChanges.at(-1)?.at ?? 0)
  const saidUpTo = useRef(0)
  const [words, setWords] = useState('')
  // History is read before the line is live: what it says happened before this page was here.
  useEffect(() => {
    if (isLive) saidUpTo.current = feed.views.personChanges.at(-1)?.at ?? 0
  }, [feed, isLive])
  useEffect(() => {
    if (!isLive || newest <= saidUpTo.current) return undefined
    const timer = setTimeout(() => {
      setWords(personNewsWords(changesSince(feed, saidUpTo.current)))
      saidUpTo.current = newest
    }, GATHER_MS)
    return () => clearTimeout(timer)
  }, [feed, isLive, newest])
  useEffect(() => {
    if (words === '') return undefined
    const timer = setTimeout(() => setWords(''), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [words])
  return words
}

/** Says who joined and who left, over the room's name; it takes no room and no click. */
export function PeopleNews() {
  const words = useNews()
  return (
    <div
      className="pointer-events-none fixed top-2 left-3 z-4 max-w-[min(320px,60vw)] truncate rounded-2 border bg-surface px-3 py-2 fs-sm shadow-2 empty:hidden present:hidden"
      role="status"
      aria-label="Who joined and left"
    >
      {words}
    </div>
  )
}
