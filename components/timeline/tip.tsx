import { formatTime } from '../ui/format.ts'
import type { Chart, ChartState } from './chart.ts'
import { indexOf, middleOf, type RowLayout } from './rows.ts'
import { xOf } from './window.ts'

/** Half of a tip's width: it stays within the chart. */
const HALF_PX = 140
/** How far a tip stands from the middle of its mark's row. */
const AWAY_PX = 16

interface TipProps {
  chart: Chart
  state: ChartState
  words: string
  width: number
}

/** The selected event in words, below a line of its parent or, `isAbove`, above it. */
export function Tip({
  chart,
  state,
  words,
  width,
  top,
  isAbove = false,
}: TipProps & { top: number | string; isAbove?: boolean }) {
  const { selected } = state
  if (!selected) return null
  const { window, now } = chart.frame
  const x = xOf(selected.at, window, now, width)
  return (
    <p
      className={`pointer-events-none absolute z-2 max-w-70 -translate-x-1/2 wrap-anywhere rounded-2 border border-line-strong bg-surface px-2.5 py-1.5 text-sm shadow-2 ${isAbove ? '-translate-y-full' : ''}`}
      style={{ left: Math.min(Math.max(x, HALF_PX), width - HALF_PX), top }}
    >
      <time className="font-strong text-ink-2">
        {formatTime(selected.at)}.{String(Math.floor(selected.at % 1_000)).padStart(3, '0')}
      </time>{' '}
      {words}
    </p>
  )
}

/** The selected event in words, beside its mark. */
export function MarkTip({ layout, ...tip }: TipProps & { layout: RowLayout }) {
  const { selected } = tip.state
  if (!selected) return null
  const index = indexOf(layout, selected) ?? 0
  const isLow = index < 2
  return <Tip {...tip} top={middleOf(layout, index) + (isLow ? AWAY_PX : -AWAY_PX)} isAbove={!isLow} />
}
