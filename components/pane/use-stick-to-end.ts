'use client'

import { type RefObject, useCallback, useMemo, useRef, useState, type WheelEvent } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { type History, openHistory } from './history.ts'
import { distanceFromEnd, holdEnd, LEAVE_PX } from './hold-end.ts'

/** A reader this near to the end is at the end. */
const ARRIVE_PX = 2

export interface StickToEnd {
  /** What the reader reads after scrolling up; null while the log stays at its end. */
  history: History | null
  onScroll(): void
  onWheel(event: WheelEvent): void
  /** Back to the newest row, from wherever. */
  toEnd(): void
  /** Leaves the end by so many pixels; `Infinity` goes to the oldest row. Does nothing to a reader who has left. */
  goUp(pixels: number): void
  /** Shows the row of a message; the end, with the reason, where there is none. */
  goTo(messageId: string): void
  /**
   * Keeps the newest row in sight; call after every render that may have added one. `redrawn`: all rows have other
   * heights than before, so that where the log stands says nothing of its reader.
   */
  hold(clip: boolean, redrawn: boolean): void
}

function heightsIn(element: HTMLElement): Map<string, number> {
  const rows = [...element.querySelectorAll<HTMLElement>('[data-row]')]
  return new Map(rows.map((row) => [row.dataset.row ?? '', row.offsetHeight]))
}

/** All of the row lies in what is seen of the log. */
function isInSight(element: HTMLElement, messageId: string): boolean {
  const row = element.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`)?.getBoundingClientRect()
  const log = element.getBoundingClientRect()
  return row !== undefined && row.top >= log.top && row.bottom <= log.bottom
}

interface Reading {
  atEnd: RefObject<boolean>
  setHistory(history: History): void
  toEnd(): void
}

/** Goes to the row of a message, which may be far from what is drawn. */
function useGoTo(
  scroller: RefObject<HTMLDivElement | null>,
  readPane: () => PaneView | undefined,
  { atEnd, setHistory, toEnd }: Reading,
): StickToEnd['goTo'] {
  const read = useRef(readPane)
  read.current = readPane
  return useCallback(
    (messageId) => {
      const element = scroller.current
      const pane = read.current()
      if (!element || !pane) return
      const index = pane.rows.findLastIndex(
        (row) => row.type === 'delivery' && row.message.messageId === messageId,
      )
      if (index < 0 || (atEnd.current && isInSight(element, messageId))) {
        toEnd()
        return
      }
      atEnd.current = false
      setHistory(openHistory(pane, heightsIn(element), element.scrollTop, index))
    },
    [scroller, atEnd, setHistory, toEnd],
  )
}

/** The end of the log stays in sight until the reader scrolls up, and again once they are back at the end. */
export function useStickToEnd(
  scroller: RefObject<HTMLDivElement | null>,
  readPane: () => PaneView | undefined,
): StickToEnd {
  const [history, setHistory] = useState<History | null>(null)
  /** Read in event handlers, which run before React has rendered the state they set. */
  const atEnd = useRef(true)
  const lastTop = useRef(0)
  /** The next scroll event is our own doing: it needs no layout to be read. */
  const ownScroll = useRef(false)

  const leave = useCallback(() => {
    const element = scroller.current
    const pane = readPane()
    if (!element || !pane || pane.rows.length === 0 || !atEnd.current) return
    atEnd.current = false
    setHistory(openHistory(pane, heightsIn(element), element.scrollTop))
  }, [scroller, readPane])

  const toEnd = useCallback(() => {
    atEnd.current = true
    setHistory(null)
  }, [])

  const goUp = useCallback(
    (pixels: number) => {
      const element = scroller.current
      if (!element || !atEnd.current) return
      element.scrollTop = Math.max(0, element.scrollTop - pixels)
      leave()
    },
    [scroller, leave],
  )

  const goTo = useGoTo(scroller, readPane, { atEnd, setHistory, toEnd })

  const onScroll = useCallback(() => {
    const element = scroller.current
    if (!element) return
    if (ownScroll.current) {
      ownScroll.current = false
      return
    }
    const movedUp = element.scrollTop < lastTop.current - 1
    const distance = distanceFromEnd(element)
    if (atEnd.current && movedUp && distance > LEAVE_PX) leave()
    else if (!atEnd.current && !movedUp && distance <= ARRIVE_PX) toEnd()
    lastTop.current = element.scrollTop
  }, [scroller, leave, toEnd])

  const onWheel = useCallback(
    (event: WheelEvent) => {
      const element = scroller.current
      if (event.deltaY < 0 && element && element.scrollTop > 0) leave()
    },
    [scroller, leave],
  )

  const hold = useCallback(
    (clip: boolean, redrawn: boolean) => {
      const element = scroller.current
      if (!element || !atEnd.current) return
      holdEnd({
        element,
        clip,
        heldTop: redrawn ? Number.NEGATIVE_INFINITY : lastTop.current,
        onLeft: leave,
        onHeld: (top) => {
          ownScroll.current = top !== lastTop.current
          lastTop.current = top
        },
      })
    },
    [scroller, leave],
  )

  return useMemo(
    () => ({ history, onScroll, onWheel, toEnd, goUp, goTo, hold }),
    [history, onScroll, onWheel, toEnd, goUp, goTo, hold],
  )
}
