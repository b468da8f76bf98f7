'use client'

import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { onShowMessage } from '../feed/show-message.ts'
import { timelineWords } from '../words/timeline.ts'
import type { Chart, ChartState } from './chart.ts'
import { onChartKey, usePointer } from './chart-input.ts'
import { FaultNames, FaultStrip, STRIP_LINE_PX, stripLines } from './fault-strip.tsx'
import { type FaultEntry, useFaults } from './faults.ts'
import type { Mark } from './marks.ts'
import { RowNames } from './row-names.tsx'
import { layOutRows, type Row, type RowLayout, rowHeight, rowsOf, rowsSignature } from './rows.ts'
import { Summary } from './summary.tsx'
import { MarkTip, Tip } from './tip.tsx'
import { Toolbar } from './toolbar.tsx'
import { useChart } from './use-chart.ts'

const AXIS_PX = 28

function useHeight(box: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0)
  // Before it is painted: the rows are as high at first sight as they stay.
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    setHeight(element.clientHeight)
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return height
}

/** The selected event in words. */
function useWords(selected: Mark | null, rows: readonly Row[], faults: readonly FaultEntry[]): string | null {
  const { views } = useFeed()
  if (!selected) return null
  const { event, messageId } = selected
  const fault = faults.find(({ span }) => span.event === event)
  if (fault) return fault.words
  const number = messageId === null ? null : (views.message(messageId)?.number ?? null)
  const system = 'system' in event ? event.system : undefined
  const label = rows.find((row) => row.system === system)?.ref.manifest.label ?? ''
  return timelineWords(event, label, number)
}

/** Handles keys while the chart has the focus. */
function useChartKeys(
  chart: Chart | null,
  state: ChartState,
  width: number,
  pin: (mark: Mark | null) => void,
) {
  const feed = useFeed()
  return (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !chart) return
    const { messageId } = feed.trace
    const actions = {
      pin: () => pin(state.selected),
      fitTraced: () => messageId !== null && chart.fit(messageId),
    }
    if (onChartKey(event.key, chart, width, actions)) event.preventDefault()
  }
}

/** The rows share what the head leaves of the box. */
function useRows(box: RefObject<HTMLElement | null>, headPx: number): RowLayout {
  const feed = useFeed()
  const signature = useSlice(rowsSignature, 'calm')
  const available = useHeight(box)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature changes with the rows
  const rows = useMemo(() => rowsOf(feed), [feed, signature])
  const height = rowHeight(rows.length, available - headPx)
  return useMemo(() => layOutRows(rows, height), [rows, height])
}

/** One time axis for all lanes: publishes, deliveries, latencies, and what went wrong meanwhile. */
export function Timeline() {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const axis = useRef<HTMLDivElement>(null)
  const strip = useRef<HTMLUListElement>(null)
  const feed = useFeed()
  const { chart, state } = useChart({ canvas, axis, strip })
  const faults = useFaults(chart)
  const [looked, setLooked] = useState(false)
  const headPx = AXIS_PX + stripLines(faults).length * STRIP_LINE_PX
  const layout = useRows(box, headPx)
  useEffect(() => chart?.setRows(layout), [chart, layout])
  const { rows, height } = layout
  const words = useWords(state.selected, rows, faults)
  const pin = (mark: Mark | null) => feed.pin(mark?.messageId ?? null)
  usePointer(canvas, chart, pin)
  useEffect(() => onShowMessage((messageId) => chart?.fit(messageId)), [chart])
  const width = canvas.current?.clientWidth ?? 0
  const onKeyDown = useChartKeys(chart, state, width, pin)
  const tip = chart && words !== null && { chart, state, words, width }

  return (
    <main className="flex min-h-0 flex-1 flex-col gap-2 px-4 pt-3 pb-4" id="view-timeline">
      <Toolbar chart={chart} state={state} />
      <div
        className="relative grid min-h-75 flex-1 grid-cols-[200px_minmax(0,1fr)] content-start overflow-y-auto overflow-x-hidden rounded-3 border bg-surface max-1100:grid-cols-[140px_minmax(0,1fr)] max-700:min-h-105 max-700:grid-cols-[104px_minmax(0,1fr)]"
        ref={box}
      >
        <div className="border-line-strong border-r">
          <FaultNames faults={faults} headPx={headPx} />
          <RowNames rows={rows} height={height} />
        </div>
        <div className="min-w-0">
          <div className="sticky top-0 z-3 bg-surface">
            <div
              className="relative h-7 overflow-hidden whitespace-nowrap fs-xs text-ink-2 leading-7"
              ref={axis}
              aria-hidden="true"
            />
            <FaultStrip chart={chart} faults={faults} strip={strip} onLook={setLooked} />
            {tip && looked && <Tip {...tip} top="100%" />}
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: a drawing that is navigated by keys */}
          <div
            className="relative overflow-hidden focus-visible:shadow-[inset_0_0_0_5px_var(--focus-halo)] focus-visible:-outline-offset-2"
            style={{ height: rows.length * height }}
            role="group"
            aria-label="Timeline. Arrows move, plus and minus zoom, f fits the message, space holds, comma and full stop step."
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys
            tabIndex={0}
            onKeyDown={onKeyDown}
          >
            <canvas className="absolute inset-0 size-full cursor-crosshair touch-pan-y" ref={canvas} />
            {tip && !looked && <MarkTip {...tip} layout={layout} />}
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
