import type { ReactNode } from 'react'
import type { StepLook } from '../words/life.ts'

const pen = { fill: 'none', strokeLinecap: 'round', strokeLinejoin: 'round', strokeWidth: 1.8 } as const
const round = { cx: 10, cy: 10 }
const again = 'M13.5 10.3a3.5 3.5 0 1 1-1.1-2.6l1.1 1M13.7 6.2v2.6h-2.6'

const SHAPES: Record<StepLook, ReactNode> = {
  start: <circle {...round} r="5" fill="var(--surface)" stroke="var(--ink)" strokeWidth="2" />,
  mid: <circle {...round} r="4" fill="var(--ink-3)" />,
  arrived: (
    <circle
      {...round}
      r="6"
      fill="var(--surface)"
      stroke="var(--hue)"
      strokeWidth="2"
      strokeDasharray="3 2.2"
    />
  ),
  again: (
    <>
      <circle {...round} r="8" fill="var(--hue)" />
      <path {...pen} strokeWidth={1.6} d={again} stroke="var(--on-hue)" />
    </>
  ),
  back: (
    <>
      <circle {...round} r="7" fill="var(--surface)" stroke="var(--hue)" strokeWidth="1.6" />
      <path {...pen} strokeWidth={1.6} d={again} stroke="var(--hue)" />
    </>
  ),
  good: (
    <>
      <circle {...round} r="8" fill="var(--good)" />
      <path {...pen} d="m6.5 10.3 2.5 2.5 4.6-5" stroke="var(--surface)" />
    </>
  ),
  bad: (
    <>
      <rect x="3" y="3" width="14" height="14" rx="2" fill="var(--bad)" />
      <path {...pen} d="m7 7 6 6M13 7l-6 6" stroke="var(--on-bad)" />
    </>
  ),
}

export function StepMark({ look }: { look: StepLook }) {
  return (
    <svg className="node" viewBox="0 0 20 20" aria-hidden="true">
      {SHAPES[look]}
    </svg>
  )
}
