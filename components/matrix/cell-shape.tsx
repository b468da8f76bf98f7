import type { ReactNode } from 'react'
import type { CellLook } from '../words/cells.ts'

const ring = { cx: 8, cy: 8, r: 6.2, fill: 'none', stroke: 'var(--hue)', strokeWidth: 1.7 }
const disc = <circle cx="8" cy="8" r="7" fill="var(--hue)" />
const pen = { fill: 'none', strokeLinecap: 'round', strokeLinejoin: 'round', strokeWidth: 1.8 } as const
const back = 'M11.2 8.3a3.2 3.2 0 1 1-1-2.4l1 .9M11.4 4.5v2.4H9'

/** Drawn in a square of 16, in the hue of what is around. */
export const CELL_SHAPES: Record<CellLook, ReactNode> = {
  waiting: <circle {...ring} strokeDasharray="3 2.2" />,
  delivered: disc,
  read: (
    <>
      <circle {...ring} strokeWidth={1.6} />
      <circle cx="8" cy="8" r="3.4" fill="var(--hue)" />
    </>
  ),
  done: (
    <>
      {disc}
      <path {...pen} d="m4.8 8.3 2.3 2.3 4.2-4.6" stroke="var(--on-hue)" />
    </>
  ),
  redone: (
    <>
      {disc}
      <path {...pen} strokeWidth={1.5} d={back} stroke="var(--on-hue)" />
    </>
  ),
  back: (
    <>
      <circle {...ring} strokeWidth={1.4} />
      <path {...pen} strokeWidth={1.4} d={back} stroke="var(--hue)" />
    </>
  ),
  lost: (
    <>
      <circle {...ring} strokeWidth={1.6} />
      <path {...pen} d="m3 13 10-10" stroke="var(--hue)" />
    </>
  ),
  rejected: (
    <>
      <circle {...ring} stroke="var(--bad)" />
      <path {...pen} d="M5 8h6" stroke="var(--bad)" />
    </>
  ),
  dead: (
    <>
      <rect x="1" y="1" width="14" height="14" rx="2" fill="var(--bad)" />
      <path {...pen} d="m5 5 6 6M11 5l-6 6" stroke="var(--on-bad)" />
    </>
  ),
  unknown: (
    <>
      <circle {...ring} stroke="var(--line-control)" strokeDasharray="1.5 2.4" />
      <path
        {...pen}
        strokeWidth={1.4}
        d="M6.3 6.5a1.8 1.8 0 1 1 2.4 1.8c-.5.2-.7.5-.7 1M8 11.4v.1"
        stroke="var(--ink-2)"
      />
    </>
  ),
  never: <path {...pen} d="M5 8h6" stroke="var(--line-control)" />,
  away: null,
  coming: <circle cx="8" cy="8" r="2" fill="var(--line-control)" />,
}

/** What became of a message at a consumer. Each look has its own shape, so that colour is not needed to tell them apart. */
export function CellShape({ look }: { look: CellLook }) {
  return (
    <svg className="size-4 present:size-5.5" viewBox="0 0 16 16" aria-hidden="true">
      {CELL_SHAPES[look]}
    </svg>
  )
}

/** An absent consumer's cells have a hatched background instead of a shape. */
export const AwaySwatch = () => (
  <i className="size-4 rounded-[3px] border border-line-control bg-hatch bg-surface" aria-hidden="true" />
)
