'use client'

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { useBusy } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { firstOfNewest, happeningsAt } from './happenings.ts'
import { Row } from './rows.tsx'
import type { Settle } from './settle.tsx'
import type { StickToEnd } from './use-stick-to-end.ts'

/** The least a row takes, pixels, in a wide log and in a narrow one (two lines): how many fit follows from it. */
const ROW_MIN_PX = 26
const NARROW_ROW_MIN_PX = 42
const NARROW_BELOW_PX = 400
/** What a row that is not drawn counts for in the scroll bar, pixels. */
export const ROW_ESTIMATE_PX = 28
/** Rows drawn beyond those in sight, so that a short scroll finds them there. */
const SPARE_ROWS = 4
const FIRST_GUESS_ROWS = 16

interface TailListProps {
  pane: PaneView
  lane: LaneRef
  consumerName: string
  tracedId: string | null
  /** Settles a row in hand; null where that is not done by hand. */
  byHand: Settle | null
  scroller: RefObject<HTMLDivElement | null>
  stick: StickToEnd
}

/** How many rows fill the log. */
function useRowsInSight(scroller: RefObject<HTMLDivElement | null>, onResize: () => void): number {
  const [count, setCount] = useState(FIRST_GUESS_ROWS)
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => {
      const least = element.clientWidth < NARROW_BELOW_PX ? NARROW_ROW_MIN_PX : ROW_MIN_PX
      setCount(Math.ceil(element.clientHeight / least))
      onResize()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller, onResize])
  return count
}

/**
 * The newest rows only, in plain flow: whatever the rate, a render costs no more than what is in sight. The space above
 * stands for the rest, so that the log can be scrolled; the first scroll up opens the history. While busy, rows keep
 * their elements and change their words, one line each.
 */
export function TailList({ pane, lane, consumerName, tracedId, byHand, scroller, stick }: TailListProps) {
  const busy = useBusy()
  const { hold } = stick
  /** Null: not drawn yet, so that nobody can have scrolled in it. */
  const drawnBusy = useRef<boolean | null>(null)
  const holdNow = useCallback(() => {
    hold(!busy, drawnBusy.current !== busy)
    drawnBusy.current = busy
  }, [hold, busy])
  const inSight = useRowsInSight(scroller, holdNow)
  const { rows } = pane
  const first = firstOfNewest(rows, busy ? inSight : inSight + SPARE_ROWS)
  useLayoutEffect(holdNow)
  return (
    <div
      // In a low and narrow log, what an empty pane says comes before who joined it.
      className="mt-auto flex-none [[data-part=empty]~&]:[@container((height<180px)_and_(width<320px))]:hidden"
      data-part="rows"
      data-calm={!busy}
      style={{ paddingTop: first * ROW_ESTIMATE_PX }}
    >
      {rows.slice(first).map((row, place) => (
        <Row
          key={busy ? place : row.key}
          row={row}
          line={happeningsAt((index) => rows[index], first + place)}
          lane={lane}
          consumerName={consumerName}
          byHand={byHand}
          dead={pane.consumer.role === 'dead-letters' ? lane.manifest.id : null}
          traced={row.type === 'delivery' && row.message.messageId === tracedId}
        />
      ))}
    </div>
  )
}
