'use client'

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { type MatrixRowView, matrixRow } from '#lib/ledger/views/matrix.ts'
import type { LaneColumns } from './columns.ts'

/** A row's height before one has been measured, pixels. */
export const ROW_GUESS_PX = 41
/** A reader who scrolls down by more than this has left the newest row. */
const LEAVE_PX = 8

/** What a reader who scrolled down is reading: the list as it was then, so that nothing moves under the eyes. */
export interface Frozen {
  ids: readonly string[]
  /** The newest message's number then. */
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

/** The newest row stays on top until the reader scrolls down, and again once they are back on top. */
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

/** How tall a row is and how many are in sight. */
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
