'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { happeningsAt } from './happenings.ts'
import { type History, historyRows } from './history.ts'
import { Row } from './rows.tsx'
import type { Settle } from './settle.tsx'
import { ROW_ESTIMATE_PX } from './tail-list.tsx'

const OVERSCAN_ROWS = 12

interface HistoryListProps {
  pane: PaneView
  history: History
  lane: LaneRef
  consumerName: string
  tracedId: string | null
  /** Settles a row in hand; null where that is not done by hand. */
  byHand: Settle | null
  scroller: RefObject<HTMLDivElement | null>
}

/** All rows, of which only those in sight exist in the page. */
export function HistoryList({
  pane,
  history,
  lane,
  consumerName,
  tracedId,
  byHand,
  scroller,
}: HistoryListProps) {
  const rows = historyRows(history, pane)
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => history.heights.get(rows.at(index)?.key ?? '') ?? ROW_ESTIMATE_PX,
    getItemKey: (index) => rows.at(index)?.key ?? index,
    overscan: OVERSCAN_ROWS,
    initialOffset: history.offset,
  })
  const { goTo } = history
  useLayoutEffect(() => {
    if (goTo !== null) virtualizer.scrollToIndex(goTo, { align: 'center' })
  }, [goTo, virtualizer])
  return (
    <div className="relative flex-none" data-part="rows" style={{ height: virtualizer.getTotalSize() }}>
      {history.base > 0 && (
        <p className="absolute inset-x-0 top-0 z-1 bg-surface px-4 py-0.5 text-center text-ink-2 text-xs leading-sm">
          {formatCount(history.base)} earlier rows not remembered
        </p>
      )}
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows.at(item.index)
        if (!row) return null
        return (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            className="absolute top-0 left-0 w-full"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Row
              row={row}
              line={happeningsAt(rows.at, item.index)}
              lane={lane}
              consumerName={consumerName}
              byHand={byHand}
              dead={pane.consumer.role === 'dead-letters' ? lane.manifest.id : null}
              traced={row.type === 'delivery' && row.message.messageId === tracedId}
            />
          </div>
        )
      })}
    </div>
  )
}
