'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'
import { useBusy, useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneColumns, spanOf } from './columns.ts'
import { MatrixRow } from './row.tsx'
import { type Frozen, rowModel, useSizes } from './use-rows.ts'

const OVERSCAN_ROWS = 10
/** Rows below those in sight, so that a short scroll finds them there. */
const SPARE_ROWS = 4

interface BodyProps {
  columns: readonly LaneColumns[]
  scroller: RefObject<HTMLDivElement | null>
}

/** Stands for the rows that are not drawn, so that the table can be scrolled. */
function Space({ px, span }: { px: number; span: number }) {
  if (px <= 0) return null
  return (
    <tr className="space">
      <td colSpan={span} style={{ height: px }} />
    </tr>
  )
}

function Row({ id, place, columns }: { id: string; place: number; columns: readonly LaneColumns[] }) {
  const feed = useFeed()
  const model = rowModel(feed, columns, id)
  if (!model) {
    const span = 1 + columns.reduce((sum, lane) => sum + spanOf(lane), 0)
    return (
      <tr className="gone" data-index={place}>
        <td colSpan={span}>not kept any more</td>
      </tr>
    )
  }
  return <MatrixRow {...model} columns={columns} traced={id === feed.trace.messageId} place={place} />
}

/** The newest rows only: whatever the rate, a render costs no more than what is in sight. While busy, rows keep their elements. */
export function LiveRows({ columns, scroller }: BodyProps) {
  useSlice(({ views, trace }) => `${views.version} ${trace.messageId}`)
  const busy = useBusy()
  const { views } = useFeed()
  const { rowPx, inSight } = useSizes(scroller)
  const ids = views.newestIds(busy ? inSight : inSight + SPARE_ROWS)
  const span = 1 + columns.reduce((sum, lane) => sum + spanOf(lane), 0)
  return (
    <tbody data-seq={views.seq}>
      {ids.map((id, place) => (
        <Row key={busy ? place : id} id={id} place={place + 1} columns={columns} />
      ))}
      {ids.length === 0 && (
        <tr className="gone">
          <td colSpan={span}>Nothing sent yet. Each message becomes a row, each consumer is a column.</td>
        </tr>
      )}
      <Space px={(views.messagesHeld - ids.length) * rowPx} span={span} />
    </tbody>
  )
}

interface FrozenProps extends BodyProps {
  frozen: Frozen
}

/** All rows as they were when the reader scrolled down, of which only those in sight exist in the page. */
export function FrozenRows({ columns, scroller, frozen }: FrozenProps) {
  useSlice(({ views, trace }) => `${views.version} ${trace.messageId}`, 'calm')
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
      <Space px={items[0]?.start ?? 0} span={span} />
      {items.map(({ index, key }) => (
        <Row key={key} id={frozen.ids[index] ?? ''} place={index + 1} columns={columns} />
      ))}
      <Space px={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} span={span} />
    </tbody>
  )
}
