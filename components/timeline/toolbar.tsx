'use client'

import { useSlice } from '../feed/feed-context.tsx'
import { Button } from '../ui/button.tsx'
import { formatCount, formatNumber } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import type { Chart, ChartState } from './chart.ts'
import { LENGTH_MAX, LENGTH_MIN } from './window.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** `120 ms`, `1 s`, `2.5 s`, `10 min` */
function lengthWords(length: number): string {
  if (length < SECOND_MS) return `${Math.round(length)} ms`
  if (length >= MINUTE_MS) return `${Math.round((length / MINUTE_MS) * 10) / 10} min`
  return `${Math.round((length / SECOND_MS) * 10) / 10} s`
}

interface LegendEntry {
  word: string
  meaning: string
  /** Drawn in a box of 16 × 16. */
  path: string
  /** Fill and stroke, as the chart draws the mark. */
  look: string
}

const OUTLINE = 'fill-none stroke-2 stroke-ink-2'

const LEGEND: readonly LegendEntry[] = [
  { word: 'sent', meaning: 'taken by the broker', path: 'M8 3v10', look: OUTLINE },
  {
    word: 'got',
    meaning: 'delivered; its line is the latency',
    path: 'M8 8h.01',
    look: 'fill-none stroke-8 stroke-ink-2',
  },
  {
    word: 'again',
    meaning: 'redelivered',
    path: 'M8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7',
    look: OUTLINE,
  },
  {
    word: 'acked',
    meaning: 'acknowledged',
    path: 'm3.5 8.5 3 3 6-7',
    look: 'fill-none stroke-2 stroke-good',
  },
  {
    word: 'committed',
    meaning: 'position committed',
    path: 'M8 4l4.5 8h-9z',
    look: 'fill-ink-2 stroke-2 stroke-ink-2',
  },
  { word: 'went back', meaning: 'requeued', path: 'M4.7 9.5a3.5 3.5 0 1 1 4.4 1.8', look: OUTLINE },
  {
    word: 'refused',
    meaning: 'by the broker, or rejected by a consumer',
    path: 'M8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7',
    look: 'fill-none stroke-2 stroke-bad',
  },
  {
    word: 'ended',
    meaning: 'expired, dead-lettered or trimmed',
    path: 'M5 5h6v6h-6z',
    look: 'fill-bad stroke-2 stroke-bad',
  },
  {
    word: 'crash',
    meaning: 'connection lost',
    path: 'm4 4 8 8M12 4l-8 8',
    look: 'fill-none stroke-3 stroke-bad',
  },
  {
    word: 'joined, left',
    meaning: 'a consumer came, paused, left or was away',
    path: 'M8 2v12',
    look: 'fill-none stroke-2 stroke-ink',
  },
  {
    word: 'shared out',
    meaning: "a group's partitions, and how long nobody could read",
    path: 'M8 4l4 4-4 4-4-4z',
    look: 'fill-none stroke-[1.5] stroke-ink-2',
  },
  {
    word: 'fault',
    meaning: 'made on purpose; the bar above the row says how long',
    path: 'M10 1 4 9h3l-1 6 6-8H9z',
    look: 'fill-bad stroke-1 stroke-bad',
  },
  {
    word: 'away',
    meaning: 'not there; red where it broke off',
    path: 'M1 9 9 1M1 15 15 1M7 15l8-8',
    look: 'fill-none stroke-[1.5] stroke-ink-3',
  },
]

const Legend = () => (
  <ul className="ml-auto flex flex-wrap gap-x-3 gap-y-0.5 fs-sm text-ink-2 max-700:hidden" aria-label="Marks">
    {LEGEND.map(({ word, meaning, path, look }) => (
      <li key={word} className="inline-flex items-center gap-1" title={meaning}>
        <svg className={`size-4 [stroke-linecap:round] ${look}`} viewBox="0 0 16 16" aria-hidden="true">
          <path d={path} />
        </svg>
        {word}
      </li>
    ))}
  </ul>
)

/** A message's life takes milliseconds: in half a minute it is one vertical line. */
function FitButton({ chart }: { chart: Chart | null }) {
  const messageId = useSlice(({ trace }) => trace.messageId)
  const number = useSlice(({ views }) => (messageId === null ? null : views.message(messageId)?.number))
  return (
    <Button
      disabled={messageId === null}
      title="f"
      onClick={() => messageId !== null && chart?.fit(messageId)}
    >
      {number ? `Fit ${formatNumber(number)}` : 'Fit the message'}
    </Button>
  )
}

/** Pauses the timeline, steps through its events and zooms. */
export function Toolbar({ chart, state }: { chart: Chart | null; state: ChartState }) {
  const { following, newer, length, dropped } = state
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button
        look={following ? 'plain' : 'solid'}
        onClick={() => chart?.setRunning(!following)}
        title="Space"
      >
        <Icon name={following ? 'pause' : 'play'} />
        {following ? 'Pause' : newer === 0 ? 'Resume' : `Resume: ${formatCount(newer)} newer`}
      </Button>
      <span className="inline-flex items-center gap-1">
        <IconButton label="Event before" icon="step-back" title="," onClick={() => chart?.step(-1)} />
        <IconButton label="Event after" icon="step" title="." onClick={() => chart?.step(1)} />
      </span>
      <span className="inline-flex items-center gap-1">
        <IconButton
          label="Show more time"
          icon="minus"
          title="-"
          disabled={length >= LENGTH_MAX}
          onClick={() => chart?.zoomStep(1)}
        />
        <output className="min-w-16 text-center font-strong" aria-label="Time shown">
          {lengthWords(length)}
        </output>
        <IconButton
          label="Show less time"
          icon="plus"
          title="+"
          disabled={length <= LENGTH_MIN}
          onClick={() => chart?.zoomStep(-1)}
        />
      </span>
      <FitButton chart={chart} />
      {dropped > 0 && (
        <span className="text-ink-3">{formatCount(dropped)} earlier events not remembered</span>
      )}
      <Legend />
    </div>
  )
}
