'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { edgeBefore, type LaneColumns } from './columns.ts'

const PERCENT = 100

function numbers(feed: Feed, { lane, consumers }: LaneColumns): { of: number; got: number[] } {
  const view = feed.views.destination(lane.manifest.id, lane.destination)
  return {
    of: view?.messages ?? 0,
    got: consumers.map(({ id }) => feed.views.pane(id)?.messages ?? 0),
  }
}

/** Whether every event of the room was seen here: else the counts begin later than the room. */
const sawAll = ({ views }: Feed): boolean => !views.gaps.some(({ consumer }) => consumer === undefined)

const signature = (feed: Feed, columns: readonly LaneColumns[]): string =>
  `${sawAll(feed)} ${columns.map((lane) => JSON.stringify(numbers(feed, lane))).join()}`

/** How many of its destination's messages each consumer has seen. */
export function MatrixFoot({ columns }: { columns: readonly LaneColumns[] }) {
  useSlice((feed) => signature(feed, columns), 'calm')
  const feed = useFeed()
  return (
    <tfoot>
      <tr>
        <th scope="row">{sawAll(feed) ? 'Since the room opened' : 'As far as its events are held here'}</th>
        {columns.map((lane) => {
          const { of, got } = numbers(feed, lane)
          const style = hueStyle(lane.lane.manifest)
          if (got.length === 0) {
            return (
              <td key={lane.lane.manifest.id} className="gap" style={style}>
                {formatCount(of)} sent
              </td>
            )
          }
          return got.map((count, index) => (
            <td key={lane.consumers[index]?.id} className={edgeBefore(lane, index)} style={style}>
              <b>{formatCount(count)}</b> of {formatCount(of)}
              <i className="bar">
                <i style={{ width: `${of === 0 ? 0 : Math.min(PERCENT, (count / of) * PERCENT)}%` }} />
              </i>
            </td>
          ))
        })}
      </tr>
    </tfoot>
  )
}
