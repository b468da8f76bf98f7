'use client'

import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { formatTime } from '../ui/format.ts'
import { Glyph } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { timelineWords } from '../words/timeline.ts'
import type { Chart, ChartState } from './chart.ts'
import { onChartKey } from './keys.ts'
import type { Mark } from './marks.ts'
import { middleOf, placesOf, type Row, type RowPlaces, rowHeight, rowsOf, rowsSignature } from './rows.ts'
import { Summary } from './summary.tsx'
import { Toolbar } from './toolbar.tsx'
import { useChart } from './use-chart.ts'
import { usePointer } from './use-pointer.ts'
import { xOf } from './window.ts'

const AXIS_PX = 28

function useHeight(box: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0)
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return height
}

/** The rows' names, the broker's first, its consumers under it. */
const Names = ({ rows, height }: { rows: readonly Row[]; height: number }) => (
  <ul className="tl-names" aria-label="Rows">
    {rows.map(({ key, ref, consumer, group }) => (
      <li
        key={key}
        className={consumer === null ? 'lead' : undefined}
        style={{ ...hueStyle(ref.manifest), height }}
      >
        {consumer === null ? (
          <>
            <Glyph manifest={ref.manifest} />
            <b>{ref.manifest.label}</b> <code>{ref.destination}</code>
          </>
        ) : (
          <>
            <span>{consumer}</span> {group && <span className="muted">{group}</span>}
          </>
        )}
      </li>
    ))}
  </ul>
)

function useWords(selected: Mark | null, rows: readonly Row[]): string | null {
  const { views } = useFeed()
  if (!selected) return null
  const { event, messageId } = selected
  const number = messageId === null ? null : (views.message(messageId)?.number ?? null)
  const system = 'system' in event ? event.system : undefined
  const label = rows.find((row) => row.system === system)?.ref.manifest.label ?? ''
  return timelineWords(event, label, number)
}

interface TipProps {
  chart: Chart
  state: ChartState
  places: RowPlaces
  words: string
  width: number
}

/** The exact words of the mark pointed at, beside it. */
function Tip({ chart, state, places, words, width }: TipProps) {
  const { selected } = state
  if (!selected) return null
  const { window, now } = chart.frame
  const x = xOf(selected.at, window, now, width)
  const index = places.index.get(selected.row) ?? 0
  const isLow = index < 2
  const top = middleOf(places, index) + (isLow ? 16 : -16)
  return (
    <p
      className={isLow ? 'tl-tip low' : 'tl-tip'}
      style={{ left: Math.min(Math.max(x, 140), width - 140), top }}
    >
      <time>
        {formatTime(selected.at)}.{String(Math.floor(selected.at % 1_000)).padStart(3, '0')}
      </time>{' '}
      {words}
    </p>
  )
}

/** One clock for all lanes: what was sent, who got it when, what it cost, and what went wrong meanwhile. */
export function Timeline() {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const axis = useRef<HTMLDivElement>(null)
  const feed = useFeed()
  const signature = useSlice(rowsSignature, 'calm')
  const available = useHeight(box)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says when the rows are others
  const rows = useMemo(() => rowsOf(feed), [feed, signature])
  const height = rowHeight(rows.length, available - AXIS_PX)
  const places = useMemo(() => placesOf(rows, height), [rows, height])
  const { chart, state } = useChart(canvas, axis, places)
  const words = useWords(state.selected, rows)
  const pin = (mark: Mark | null) => feed.pin(mark?.messageId ?? null)
  usePointer(canvas, chart, pin)
  const width = canvas.current?.clientWidth ?? 0

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    if (event.ctrlKey || event.metaKey || event.altKey || !chart) return
    if (onChartKey(event.key, chart, width, () => pin(state.selected))) event.preventDefault()
  }

  return (
    <main className="timeline" id="view-timeline">
      <Toolbar chart={chart} state={state} />
      <div className="tl-box" ref={box}>
        <Names rows={rows} height={height} />
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing that is walked along with keys */}
        <div
          className="tl-chart"
          role="group"
          aria-label="Timeline. Arrows move, plus and minus zoom, space holds, comma and full stop step."
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys
          tabIndex={0}
          onKeyDown={onKeyDown}
        >
          <div className="tl-axis" ref={axis} aria-hidden="true" />
          <div className="tl-canvas" style={{ height: rows.length * height }}>
            <canvas ref={canvas} />
            {chart && words && (
              <Tip chart={chart} state={state} places={places} words={words} width={width} />
            )}
          </div>
        </div>
      </div>
      <p className="vh" role="status" aria-label="Selected event">
        {words}
      </p>
      <Summary chart={chart} rows={rows} />
    </main>
  )
}
