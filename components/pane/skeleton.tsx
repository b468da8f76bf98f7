'use client'

import { useEffect, useState } from 'react'
import type { LaneRef } from '../feed/lane-ref.ts'
import { RowSkeleton } from './empty.tsx'

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
    <article className="pane" aria-busy="true">
      <header className="pane-head">
        <i className="jack off" />
        <h3>{name}</h3>
        <span className="state">joining {lane.destination}</span>
      </header>
      <RowSkeleton />
      {isLong && <p className="waiting">Taking longer than usual. Waiting for the dashboard's answer.</p>}
    </article>
  )
}
