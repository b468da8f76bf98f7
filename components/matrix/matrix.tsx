'use client'

import { type KeyboardEvent, type MouseEvent, useMemo, useRef } from 'react'
import type { Feed } from '#lib/feed/feed.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneChoice } from '../feed/lane-choice.ts'
import { openInspector } from '../inspector/inspector-state.ts'
import { Button } from '../ui/button.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import type { Variables } from '../ui/look.ts'
import { FrozenRows, LiveRows } from './body.tsx'
import { consumersSpan, type LaneColumns, useColumns } from './columns.ts'
import { MatrixFoot } from './foot.tsx'
import { MatrixHead } from './head.tsx'
import { Legend } from './legend.tsx'
import { useFreeze, useShownMessage } from './use-rows.ts'

/** The lane of the pressed cell shows the destination that the message went to. */
function showDestination(target: Element): boolean {
  const destination = target.closest<HTMLElement>('[data-show]')?.dataset.show
  const system = target.closest<HTMLElement>('[data-system]')?.dataset.system
  if (destination === undefined || system === undefined) return false
  laneChoice.choose(system, destination)
  return true
}

/** A press on a cell inspects the message at that consumer; elsewhere on a row it pins or releases the message. */
function onClick(event: MouseEvent, feed: Feed): void {
  if (!(event.target instanceof Element) || showDestination(event.target)) return
  const id = event.target.closest<HTMLElement>('[data-message-id]')?.dataset.messageId
  if (!id) return
  const { inspect, inspectConsumer } = event.target.closest<HTMLElement>('[data-inspect]')?.dataset ?? {}
  if (inspect) openInspector(feed, { messageId: id, system: inspect, consumer: inspectConsumer })
  else feed.pin(feed.trace.pinned && feed.trace.messageId === id ? null : id)
}

/** The up and down arrow keys move the trace from row to row. */
function onKey(event: KeyboardEvent<HTMLElement>, feed: Feed): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('tr[data-message-id]')]
  const at = rows.findIndex(({ dataset }) => dataset.messageId === feed.trace.messageId)
  const next = rows[at + step]
  if (!next?.dataset.messageId) return
  event.preventDefault()
  feed.pin(next.dataset.messageId)
  next.scrollIntoView({ block: 'nearest' })
}

/** A column for each consumer, and one for a lane that has none. */
const shownIn = ({ lane, consumers }: LaneColumns): Pick<Consumer, 'id' | 'name'>[] =>
  consumers.length === 0 ? [{ id: lane.manifest.id, name: '' }] : [...consumers]

/** Characters of a name that fit an ordinary column; a longer one takes of what the others can do without. */
const NAME_FITS_CHARS = 12
const excessOf = (name: string): number => Math.max(0, name.length - NAME_FITS_CHARS)

const nameStyle = (name: string): Variables => ({
  '--name-chars': String(name.length),
  '--name-excess': String(excessOf(name)),
})

function Columns({ columns }: { columns: readonly LaneColumns[] }) {
  return (
    <colgroup>
      <col className="message" />
      {columns.flatMap((lane) => [
        ...shownIn(lane).map(({ id, name }, index) => (
          <col key={id} className={index === 0 ? 'consumer first' : 'consumer'} style={nameStyle(name)} />
        )),
        <col key={`${lane.lane.manifest.id} kept`} className="kept" />,
      ])}
    </colgroup>
  )
}

/** What the styles compute the columns' widths with. */
const tableStyle = (columns: readonly LaneColumns[]): Variables => ({
  '--consumers': String(columns.reduce((sum, lane) => sum + consumersSpan(lane), 0)),
  '--lanes': String(columns.length),
  '--excess': String(columns.flatMap(shownIn).reduce((sum, { name }) => sum + excessOf(name), 0)),
})

/** Messages × consumers: who got each message, who did not and why, in which order and how fast. */
export function Matrix() {
  const feed = useFeed()
  const fresh = useColumns()
  // The same array as long as the columns do not change, so that rows are not rendered again without need.
  const key = JSON.stringify(
    fresh.map(({ lane, consumers }) => [lane.manifest.id, lane.destination, lane.mode, consumers]),
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the columns
  const columns = useMemo(() => fresh, [key])
  const scroller = useRef<HTMLDivElement>(null)
  const { frozen, onScroll, toNewest } = useFreeze(scroller, feed)
  useShownMessage(scroller, feed, frozen)
  const newest = useSlice(({ views }) => (frozen ? (views.newest()?.number ?? 0) : 0), 'calm')
  const newer = frozen ? newest - frozen.newest : 0
  const body = { columns, scroller }
  return (
    <main
      className="matrix flex min-h-0 flex-1 flex-col px-4 pt-3 pb-4 max-700:px-3 max-700:py-2"
      id="view-matrix"
    >
      {/* The focus ring is around the frame: sticky cells inside would cover it. */}
      <div className="relative flex min-h-60 flex-[0_1_auto] flex-col max-700:min-h-[min(100%,calc(100dvh-244px))] has-[>section:focus-visible]:rounded-3 has-[>section:focus-visible]:outline-2 has-[>section:focus-visible]:outline-focus has-[>section:focus-visible]:outline-offset-2">
        <section
          className="@container relative overflow-auto overscroll-contain rounded-3 focus-visible:rounded-3 focus-visible:shadow-none focus-visible:outline-none"
          ref={scroller}
          onScroll={onScroll}
          onClick={(event) => onClick(event, feed)}
          onKeyDown={(event) => onKey(event, feed)}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label="Messages and consumers"
        >
          <table
            aria-label="Delivery matrix: rows are messages, columns are consumers"
            aria-rowcount={-1}
            style={tableStyle(columns)}
          >
            <Columns columns={columns} />
            <MatrixHead columns={columns} />
            {frozen ? <FrozenRows {...body} frozen={frozen} /> : <LiveRows {...body} />}
            <MatrixFoot columns={columns} />
          </table>
        </section>
        {frozen && (
          <Button
            size="own"
            weight="strong"
            className="absolute right-3 bottom-2 z-3 h-tap gap-2 rounded-full px-2.5 fs-sm shadow-2 max-700:min-h-tap"
            onClick={toNewest}
          >
            <Icon name="down" />
            {newer > 0 ? `${formatCount(newer)} new` : 'Newest'}
          </Button>
        )}
      </div>
      <Legend />
    </main>
  )
}
