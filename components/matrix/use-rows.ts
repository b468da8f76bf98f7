'use client'

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { type MatrixRowView, matrixRow } from '#lib/ledger/views/matrix.ts'
import { onShowMessage } from '../feed/show-message.ts'
import type { LaneColumns } from './columns.ts'

/** A row's height before one has been measured, pixels. */
const ROW_GUESS_PX = 41
/** Scrolling down by more than this stops following the newest row, pixels. */
const LEAVE_PX = 8

/** The list of messages as it was when the reader scrolled down, so that no row moves while it is read. */
export interface Frozen {
  ids: readonly string[]
  /** The number of the newest message at that time. */
  newest: number
}

export interface RowModel {
  message: MessageView
  lanes: readonly MatrixRowView[]
}

export function rowModel(feed: Feed, columns: readonly LaneColumns[], id: string): RowModel | null {
  const message = feed.views.message(id)
  if (!message) return null
  const lanes = columns.map(({ lane, consumers }) =>
    matrixRow(feed.views, lane.manifest.id, lane.destination, message, consumers),
  )
  return { message, lanes }
}

/** Follows the newest row until the reader scrolls down, and again once they are back at the top. */
export function useFreeze(scroller: RefObject<HTMLDivElement | null>, feed: Feed) {
  const [frozen, setFrozen] = useState<Frozen | null>(null)
  const onScroll = useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0
    setFrozen((before) => {
      if (top <= 1) return null
      if (before || top < LEAVE_PX) return before
      const { views } = feed
      return { ids: views.newestIds(views.messagesHeld), newest: views.newest()?.number ?? 0 }
    })
  }, [scroller, feed])
  const toNewest = useCallback(() => {
    setFrozen(null)
    scroller.current?.scrollTo({ top: 0 })
  }, [scroller])
  return { frozen, onScroll, toNewest }
}

/** The row before the found one stays in sight, so that it is not taken for the first. */
const CONTEXT_ROWS = 2

/** Scrolls to a message that somebody looked for; what comes after it follows the scroll as always. */
export function useShownMessage(
  scroller: RefObject<HTMLDivElement | null>,
  feed: Feed,
  frozen: Frozen | null,
): void {
  useEffect(
    () =>
      onShowMessage((messageId) => {
        const element = scroller.current
        const ids = frozen?.ids ?? feed.views.newestIds(feed.views.messagesHeld)
        const index = ids.indexOf(messageId)
        if (!element || index < 0) return
        const rowPx = element.querySelector<HTMLElement>('tbody tr[data-index]')?.offsetHeight ?? ROW_GUESS_PX
        element.scrollTo({ top: Math.max(0, index - CONTEXT_ROWS) * rowPx })
      }),
    [scroller, feed, frozen],
  )
}

/** The height of a row, and how many rows are in sight. */
export function useSizes(scroller: RefObject<HTMLDivElement | null>): { rowPx: number; inSight: number } {
  const [sizes, setSizes] = useState({ rowPx: ROW_GUESS_PX, inSight: 20 })
  const last = useRef(sizes)
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => {
      const rowPx = element.querySelector<HTMLElement>('tbody tr[data-index]')?.offsetHeight ?? ROW_GUESS_PX
      const inSight = Math.ceil(element.clientHeight / rowPx)
      if (rowPx === last.current.rowPx && inSight === last.current.inSight) return
      last.current = { rowPx, inSight }
      setSizes(last.current)
    })
    observer.observe(element)
    const table = element.querySelector('table')
    if (table) observer.observe(table)
    return () => observer.disconnect()
  }, [scroller])
  return sizes
}
