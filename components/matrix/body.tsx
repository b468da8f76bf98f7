'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'
import { useBusy, useFeed, useSlice } from '../feed/feed-context.tsx'
import { nothingWords } from '../words/verdicts.ts'
import { type LaneColumns, spanOf } from './columns.ts'
import { DetailRow } from './detail-row.tsx'
import { MatrixRow } from './row.tsx'
import { type Frozen, rowModel, useSizes } from './use-rows.ts'

/** Rows beyond those in sight that are drawn on either side while scrolling. */
const OVERSCAN_ROWS = 10
/** Rows below those in sight that are drawn while following, so that a short scroll finds them. */
const SPARE_ROWS = 4

/** A row that is a remark instead of a message. */
const NOTE = 'pl-4 fs-sm text-ink-2'

interface BodyProps {
  columns: readonly LaneColumns[]
  scroller: RefObject<HTMLDivElement | null>
}

/** Takes the height of the rows that are not drawn, so that the table scrolls as if they were. */
function UndrawnRows({ px, span }: { px: number; span: number }) {
  if (px <= 0) return null
  return (
    <tr>
      <td className="border-0 bg-transparent" colSpan={span} style={{ height: px }} />
    </tr>
  )
}

interface RowProps {
  id: string
  /** The row's position among all rows, from 1. */
  position: number
  columns: readonly LaneColumns[]
}

function Row({ id, position, columns }: RowProps) {
  const feed = useFeed()
  const model = rowModel(feed, columns, id)
  if (!model) {
    const span = 1 + columns.reduce((sum, lane) => sum + spanOf(lane), 0)
    return (
      <tr data-index={position}>
        <td className={NOTE} colSpan={span}>
          not remembered any more
        </td>
      </tr>
    )
  }
  const { messageId, pinned } = feed.trace
  const traced = id === messageId
  return (
    <>
      <MatrixRow {...model} columns={columns} traced={traced} position={position} />
      {traced && pinned && <DetailRow lanes={model.lanes} columns={columns} />}
    </>
  )
}

/**
 * The newest rows only, so that a render costs the same at any rate of messages. While busy, table rows are reused for
 * other messages instead of being inserted.
 */
export function LiveRows({ columns, scroller }: BodyProps) {
  useSlice(({ views, trace }) => `${views.version} ${trace.messageId} ${trace.pinned}`)
  const busy = useBusy()
  const { views } = useFeed()
  const { rowPx, inSight } = useSizes(scroller)
  const ids = views.newestIds(busy ? inSight : inSight + SPARE_ROWS)
  const span = 1 + columns.reduce((sum, lane) => sum + spanOf(lane), 0)
  return (
    <tbody data-seq={views.seq}>
      {ids.map((id, index) => (
        <Row key={busy ? index : id} id={id} position={index + 1} columns={columns} />
      ))}
      {ids.length === 0 && (
        <tr>
          <td className={NOTE} colSpan={span}>
            {nothingWords(views.numbered)}. Each message becomes a row, each consumer is a column.
          </td>
        </tr>
      )}
      <UndrawnRows px={(views.messagesHeld - ids.length) * rowPx} span={span} />
    </tbody>
  )
}

interface FrozenProps extends BodyProps {
  frozen: Frozen
}

/** All rows as they were when the reader scrolled down. Only those in sight exist in the page. */
export function FrozenRows({ columns, scroller, frozen }: FrozenProps) {
  useSlice(({ views, trace }) => `${views.version} ${trace.messageId} ${trace.pinned}`, 'calm')
  const { rowPx } = useSizes(scroller)
  const virtualizer = useVirtualizer({
    count: frozen.ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    initialOffset: scroller.current?.scrollTop ?? 0,
  })
  const items = virtualizer.getVirtualItems()
  const span = 1 + columns.reduce((sum, lane) => sum + spanOf(lane), 0)
  return (
    <tbody>
      <UndrawnRows px={items[0]?.start ?? 0} span={span} />
      {items.map(({ index, key }) => (
        <Row key={key} id={frozen.ids[index] ?? ''} position={index + 1} columns={columns} />
      ))}
      <UndrawnRows px={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} span={span} />
    </tbody>
  )
}
