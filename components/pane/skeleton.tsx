'use client'

import { useEffect, useState } from 'react'
import type { LaneRef } from '../feed/lane-ref.ts'
import { RowSkeleton } from './empty.tsx'
import { PANE_HEAD, PANE_NAME } from './pane-head.tsx'

/** After this long a wait says what it waits for. */
const SAY_AFTER_MS = 2_000

/** A pane before the room is known: the real frame, grey words, nothing that moves. */
export function PaneSkeleton({ name, lane }: { name: string; lane: LaneRef }) {
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), SAY_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <article
      className="@container/pane relative flex min-h-0 min-w-0 flex-col border-l first:border-l-0 max-700:snap-start"
      aria-busy="true"
    >
      <header className={PANE_HEAD}>
        <i className="jack off max-700:row-span-2" />
        <h3 className={PANE_NAME}>{name}</h3>
        <span className="min-w-0 overflow-hidden text-ellipsis text-ink-2 fs-xs max-700:col-start-2 max-700:row-start-2">
          joining {lane.destination}
        </span>
      </header>
      <RowSkeleton />
      {isLong && (
        <p className="mt-auto px-4 py-3 text-ink-2 text-sm">
          Taking longer than usual. Waiting for the dashboard's answer.
        </p>
      )}
    </article>
  )
}
