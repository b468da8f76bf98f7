'use client'

import { useEffect, useRef } from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { showLessonList } from '../start-here/lesson-panel-state.ts'
import { StartHere } from '../start-here/start-here.tsx'
import { Button } from '../ui/button.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { endGuide, startGuide, useGuide } from './guide-choice.ts'
import { FIRST_TEXT, OPENING, sendFirstWords, sendToLanes } from './opening.ts'

/** What stands there until the steps have been loaded, as high as they are. */
const Loading = () => (
  <p className="min-w-0 flex-1 font-mid text-ink-2 text-md max-700:basis-full">{OPENING}</p>
)

const FirstMinute = onDemand(async () => (await import('./first-minute.tsx')).FirstMinute, Loading)

/** To a first visitor: what this is, in one line, with the first thing to do. */
function Offer() {
  const feed = useFeed()
  // Until everything is here, nobody knows how many messages the room has.
  const numbered = useSlice(({ connection, views }) => (connection.state === 'live' ? views.numbered : null))
  const atFirst = useRef(numbered)
  atFirst.current ??= numbered
  const before = atFirst.current
  useEffect(() => {
    // Whoever sends something by another way has begun as well.
    if (before !== null && numbered !== null && numbered > before) startGuide(before)
  }, [before, numbered])
  return (
    <>
      <p className="min-w-0 flex-1 font-mid text-md max-700:basis-full">{OPENING}</p>
      <Button
        look="solid"
        size="sm"
        disabled={numbered === null}
        onClick={() => {
          startGuide(numbered ?? 0)
          void sendToLanes(feed, FIRST_TEXT)
        }}
      >
        {sendFirstWords(feed)}
      </Button>
      <StartHere onAll={showLessonList} />
      <Button look="quiet" size="sm" onClick={endGuide}>
        Skip
      </Button>
    </>
  )
}

/** One line over the desk for a first visit, and in its place the steps that lead through the first minute. */
export function GuideBar({ onShowPanes }: { onShowPanes(): void }) {
  const guide = useGuide()
  if (guide.state === 'off') return null
  return (
    <aside
      className="mx-4 mt-3 hidden min-h-14 items-center gap-3 rounded-3 border border-line-strong bg-surface py-1.5 pr-2 pl-4 guided:flex max-700:mx-3 max-700:mt-2 max-700:flex-wrap present:hidden"
      aria-label="The first minute"
    >
      {guide.state === 'offered' ? (
        <Offer />
      ) : (
        <FirstMinute key={guide.since} since={guide.since} onShowPanes={onShowPanes} onEnd={endGuide} />
      )}
    </aside>
  )
}
