'use client'

import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import type { Chart, ChartState } from './chart.ts'
import { SPAN_MAX, SPAN_MIN } from './window.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** `1 s`, `2.5 s`, `10 min` */
function spanWords(span: number): string {
  if (span >= MINUTE_MS) return `${Math.round((span / MINUTE_MS) * 10) / 10} min`
  return `${Math.round((span / SECOND_MS) * 10) / 10} s`
}

const LEGEND = [
  ['sent', 'tick', 'taken by the broker'],
  ['got', 'disc', 'delivered; its line is the latency'],
  ['again', 'ring', 'redelivered'],
  ['acked', 'check', 'acknowledged'],
  ['committed', 'triangle', 'position committed'],
  ['went back', 'back', 'requeued'],
  ['refused', 'bad-ring', 'by the broker, or rejected by a consumer'],
  ['ended', 'square', 'expired, dead-lettered or trimmed'],
  ['crash', 'cross', 'connection lost'],
  ['joined, left', 'bar', 'a consumer came, paused, left or was away'],
  ['shared out', 'diamond', "a group's partitions, and how long nobody could read"],
  ['away', 'hatch', 'not there; red where it broke off'],
] as const

const PATHS: Record<(typeof LEGEND)[number][1], string> = {
  tick: 'M8 3v10',
  disc: 'M8 8h.01',
  ring: 'M8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7',
  check: 'm3.5 8.5 3 3 6-7',
  triangle: 'M8 4l4.5 8h-9z',
  back: 'M4.7 9.5a3.5 3.5 0 1 1 4.4 1.8',
  'bad-ring': 'M8 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7',
  square: 'M5 5h6v6h-6z',
  cross: 'm4 4 8 8M12 4l-8 8',
  bar: 'M8 2v12',
  diamond: 'M8 4l4 4-4 4-4-4z',
  hatch: 'M1 9 9 1M1 15 15 1M7 15l8-8',
}

const Legend = () => (
  <ul className="tl-legend" aria-label="Marks">
    {LEGEND.map(([word, shape, meaning]) => (
      <li key={shape} title={meaning}>
        <svg viewBox="0 0 16 16" data-shape={shape} aria-hidden="true">
          <path d={PATHS[shape]} />
        </svg>
        {word}
      </li>
    ))}
  </ul>
)

/** Pauses the timeline, steps through its events and zooms. */
export function Toolbar({ chart, state }: { chart: Chart | null; state: ChartState }) {
  const { following, newer, span, dropped } = state
  return (
    <div className="tl-bar">
      <button
        type="button"
        className={following ? 'btn' : 'btn solid'}
        onClick={() => chart?.setRunning(!following)}
        title="Space"
      >
        <Icon name={following ? 'pause' : 'play'} />
        {following ? 'Pause' : newer === 0 ? 'Resume' : `Resume: ${formatCount(newer)} newer`}
      </button>
      <span className="tl-pair">
        <button
          type="button"
          className="btn ico"
          aria-label="Event before"
          title=","
          onClick={() => chart?.step(-1)}
        >
          <Icon name="step-back" />
        </button>
        <button
          type="button"
          className="btn ico"
          aria-label="Event after"
          title="."
          onClick={() => chart?.step(1)}
        >
          <Icon name="step" />
        </button>
      </span>
      <span className="tl-pair">
        <button
          type="button"
          className="btn ico"
          aria-label="Show more time"
          title="-"
          disabled={span >= SPAN_MAX}
          onClick={() => chart?.zoomStep(1)}
        >
          <Icon name="minus" />
        </button>
        <output className="tl-span" aria-label="Time shown">
          {spanWords(span)}
        </output>
        <button
          type="button"
          className="btn ico"
          aria-label="Show less time"
          title="+"
          disabled={span <= SPAN_MIN}
          onClick={() => chart?.zoomStep(-1)}
        >
          <Icon name="plus" />
        </button>
      </span>
      {dropped > 0 && <span className="muted">{formatCount(dropped)} earlier events not kept</span>}
      <Legend />
    </div>
  )
}
