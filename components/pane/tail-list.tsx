'use client'

import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'
import type { PaneView } from '#lib/ledger/views.ts'
import type { LaneRef } from '../lane/lane-ref.ts'
import { Row } from './rows.tsx'
import type { Follow } from './use-follow.ts'

/** The least a row takes, pixels: how many fit follows from it. */
const ROW_MIN_PX = 26
/** What a row that is not drawn counts for in the scroll bar, pixels. */
export const ROW_ESTIMATE_PX = 28
/** Rows drawn beyond those in sight, so that a short scroll finds them there. */
const SPARE_ROWS = 6
const FIRST_GUESS_ROWS = 16

interface TailListProps {
  pane: PaneView
  lane: LaneRef
  consumerName: string
  tracedId: string | null
  scroller: RefObject<HTMLDivElement | null>
  follow: Follow
}

/** How many rows fill the log. */
function useRowsInSight(scroller: RefObject<HTMLDivElement | null>, onResize: () => void): number {
  const [count, setCount] = useState(FIRST_GUESS_ROWS)
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => {
      setCount(Math.ceil(element.clientHeight / ROW_MIN_PX) + SPARE_ROWS)
      onResize()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller, onResize])
  return count
}

/**
 * The newest rows only, in plain flow: whatever the rate, a render costs no more than what is in sight. The space above
 * stands for the rest, so that the log can be scrolled; the first scroll up opens the history.
 */
export function TailList({ pane, lane, consumerName, tracedId, scroller, follow }: TailListProps) {
  const inSight = useRowsInSight(scroller, follow.hold)
  const tail = pane.rows.slice(-inSight)
  useLayoutEffect(follow.hold)
  return (
    <div className="rows" style={{ paddingTop: (pane.rows.length - tail.length) * ROW_ESTIMATE_PX }}>
      {tail.map((row) => (
        <Row
          key={row.key}
          row={row}
          lane={lane}
          consumerName={consumerName}
          traced={row.type === 'delivery' && row.message.messageId === tracedId}
        />
      ))}
    </div>
  )
}
