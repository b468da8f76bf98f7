'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { isEmptyPlace } from '../feed/lane-ref.ts'
import { keptNow } from '../keep/kept-now.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { edgeBefore, type LaneColumns } from './columns.ts'
import { KeptNow } from './kept.tsx'

const PERCENT = 100
const FOOT = 'h-12 border-t border-t-line-strong bg-surface align-middle text-ink-2 text-xs'

/** How many messages a lane's destination has had, and how many of them each consumer received. */
function numbers(feed: Feed, { lane, consumers }: LaneColumns): { of: number; got: number[] } {
  const view = feed.views.destination(lane.manifest.id, lane.destination)
  return {
    of: view?.messages ?? 0,
    got: consumers.map(({ id }) => feed.views.pane(id)?.messages ?? 0),
  }
}

/** Whether this page has every event of the room; otherwise its counts start later than the room. */
const sawAll = ({ views }: Feed): boolean => !views.gaps.some(({ consumer }) => consumer === undefined)

/** What is drawn of the facts. */
function keptSignature(feed: Feed, columns: LaneColumns) {
  const facts = factsOf(feed, columns)
  return facts && keptNow(facts)
}

const signature = (feed: Feed, columns: readonly LaneColumns[]): string =>
  `${sawAll(feed)} ${columns.map((lane) => JSON.stringify([numbers(feed, lane), keptSignature(feed, lane)])).join()}`

function LaneNumbers({ columns }: { columns: LaneColumns }) {
  const { lane, consumers } = columns
  const feed = useFeed()
  const { of, got } = numbers(feed, columns)
  const style = hueStyle(lane.manifest)
  return (
    <>
      {got.length === 0 && (
        <td className={`${FOOT} gap whitespace-nowrap pl-3`} style={style}>
          {isEmptyPlace(lane) ? '' : `${formatCount(of)} sent`}
        </td>
      )}
      {got.map((count, index) => (
        <td
          key={consumers[index]?.id}
          className={`${FOOT} ${edgeBefore(columns, index)} whitespace-nowrap pl-3`}
          style={style}
        >
          <b className="fs-lg font-strong text-ink">{formatCount(count)}</b> of {formatCount(of)}
          <i className="mt-0.5 block h-1 w-16 rounded-[2px] bg-line max-700:w-12">
            <i
              className="block h-1 rounded-[2px] bg-hue"
              style={{ width: `${of === 0 ? 0 : Math.min(PERCENT, (count / of) * PERCENT)}%` }}
            />
          </i>
        </td>
      ))}
      <KeptNow lane={lane} facts={factsOf(feed, columns)} className={`${FOOT} whitespace-nowrap pl-2`} />
    </>
  )
}

/** What the broker last said of the lane's destination. */
const factsOf = (feed: Feed, { lane }: LaneColumns) =>
  feed.views.destination(lane.manifest.id, lane.destination)?.facts?.facts

/** How many of its destination's messages each consumer has received. */
export function MatrixFoot({ columns }: { columns: readonly LaneColumns[] }) {
  useSlice((feed) => signature(feed, columns), 'calm')
  const feed = useFeed()
  return (
    <tfoot>
      <tr>
        <th
          scope="row"
          className={`${FOOT} sticky left-0 z-1 whitespace-nowrap rounded-bl-3 pl-4 max-700:whitespace-normal max-700:px-2`}
        >
          {sawAll(feed) ? 'Since the room opened' : 'As far as its events are held here'}
        </th>
        {columns.map((lane) => (
          <LaneNumbers key={lane.lane.manifest.id} columns={lane} />
        ))}
      </tr>
    </tfoot>
  )
}
