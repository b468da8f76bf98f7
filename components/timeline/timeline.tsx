'use client'

import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { isEmptyPlace } from '../feed/lane-ref.ts'
import { onShowMessage } from '../feed/show-message.ts'
import { formatTime } from '../ui/format.ts'
import { Glyph } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { timelineWords } from '../words/timeline.ts'
import type { Chart, ChartState } from './chart.ts'
import { onChartKey, usePointer } from './chart-input.ts'
import type { Mark } from './marks.ts'
import { layOutRows, middleOf, type Row, type RowLayout, rowHeight, rowsOf, rowsSignature } from './rows.ts'
import { Summary } from './summary.tsx'
import { Toolbar } from './toolbar.tsx'
import { useChart } from './use-chart.ts'
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

/** The names of the rows: each broker with its consumers below it. */
const Names = ({ rows, height }: { rows: readonly Row[]; height: number }) => (
  <ul className="border-line-strong border-r pt-7 fs-sm" aria-label="Rows">
    {rows.map(({ key, ref, consumer, group }) => (
      <li
        key={key}
        className={`flex items-center gap-2 overflow-hidden whitespace-nowrap border-t max-700:px-1.5 max-700:fs-xs ${
          consumer === null
            ? 'border-line-strong bg-hue-tint px-3 [--g-hole:var(--hue-tint)]'
            : 'pr-3 pl-6 max-1100:pl-3'
        }`}
        style={{ ...hueStyle(ref.manifest), height }}
        data-system={ref.manifest.id}
        data-consumer={consumer ?? undefined}
      >
        {consumer === null ? (
          <>
            <Glyph manifest={ref.manifest} />
            <b className="max-700:overflow-hidden max-700:text-ellipsis" title={ref.manifest.label}>
              {ref.manifest.label}
            </b>{' '}
            {isEmptyPlace(ref) ? (
              <span className="min-w-0 overflow-hidden text-ellipsis text-ink-2">no destination</span>
            ) : (
              <code
                className="min-w-0 overflow-hidden text-ellipsis text-ink-2 max-1100:hidden"
                title={ref.destination}
              >
                {ref.destination}
              </code>
            )}
          </>
        ) : (
          <>
            <span className="min-w-0 overflow-hidden text-ellipsis" title={consumer}>
              {consumer}
            </span>{' '}
            {group && (
              <span
                className="min-w-0 flex-[1_1_0] overflow-hidden text-ellipsis fs-xs text-ink-3 max-700:hidden"
                title={group}
              >
                {group}
              </span>
            )}
          </>
        )}
      </li>
    ))}
  </ul>
)

/** The selected event in words. */
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
  layout: RowLayout
  words: string
  width: number
}

/** The selected event in words, beside its mark. */
function Tip({ chart, state, layout, words, width }: TipProps) {
  const { selected } = state
  if (!selected) return null
  const { window, now } = chart.frame
  const x = xOf(selected.at, window, now, width)
  const index = layout.index.get(selected.row) ?? 0
  const isLow = index < 2
  const top = middleOf(layout, index) + (isLow ? 16 : -16)
  return (
    <p
      className={`pointer-events-none absolute z-2 max-w-70 -translate-x-1/2 wrap-anywhere rounded-2 border border-line-strong bg-surface px-2.5 py-1.5 text-sm shadow-2 ${isLow ? '' : '-translate-y-full'}`}
      style={{ left: Math.min(Math.max(x, 140), width - 140), top }}
    >
      <time className="font-strong text-ink-2">
        {formatTime(selected.at)}.{String(Math.floor(selected.at % 1_000)).padStart(3, '0')}
      </time>{' '}
      {words}
    </p>
  )
}

/** One time axis for all lanes: publishes, deliveries, latencies, and what went wrong meanwhile. */
export function Timeline() {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const axis = useRef<HTMLDivElement>(null)
  const feed = useFeed()
  const signature = useSlice(rowsSignature, 'calm')
  const available = useHeight(box)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature changes with the rows
  const rows = useMemo(() => rowsOf(feed), [feed, signature])
  const height = rowHeight(rows.length, available - AXIS_PX)
  const layout = useMemo(() => layOutRows(rows, height), [rows, height])
  const { chart, state } = useChart(canvas, axis, layout)
  const words = useWords(state.selected, rows)
  const pin = (mark: Mark | null) => feed.pin(mark?.messageId ?? null)
  usePointer(canvas, chart, pin)
  useEffect(() => onShowMessage((messageId) => chart?.fit(messageId)), [chart])
  const width = canvas.current?.clientWidth ?? 0

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    if (event.ctrlKey || event.metaKey || event.altKey || !chart) return
    const { messageId } = feed.trace
    const actions = {
      pin: () => pin(state.selected),
      fit: () => messageId !== null && chart.fit(messageId),
    }
    if (onChartKey(event.key, chart, width, actions)) event.preventDefault()
  }

  return (
    <main className="flex min-h-0 flex-1 flex-col gap-2 px-4 pt-3 pb-4" id="view-timeline">
      <Toolbar chart={chart} state={state} />
      <div
        className="relative grid min-h-75 flex-1 grid-cols-[200px_minmax(0,1fr)] content-start overflow-y-auto overflow-x-hidden rounded-3 border bg-surface max-1100:grid-cols-[140px_minmax(0,1fr)] max-700:min-h-105 max-700:grid-cols-[104px_minmax(0,1fr)]"
        ref={box}
      >
        <Names rows={rows} height={height} />
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing that is navigated by keys */}
        <div
          className="min-w-0 overflow-hidden focus-visible:shadow-[inset_0_0_0_5px_var(--focus-halo)] focus-visible:-outline-offset-2"
          role="group"
          aria-label="Timeline. Arrows move, plus and minus zoom, f fits the message, space holds, comma and full stop step."
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys
          tabIndex={0}
          onKeyDown={onKeyDown}
        >
          <div
            className="relative h-7 overflow-hidden whitespace-nowrap fs-xs text-ink-2 leading-7"
            ref={axis}
            aria-hidden="true"
          />
          <div className="relative" style={{ height: rows.length * height }}>
            <canvas className="absolute inset-0 size-full cursor-crosshair touch-pan-y" ref={canvas} />
            {chart && words && (
              <Tip chart={chart} state={state} layout={layout} words={words} width={width} />
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
