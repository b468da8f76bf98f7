import type { CSSProperties } from 'react'
import { firstCharacter } from '#lib/util/cut-text.ts'

/** Eight quiet grounds for an initial, far from the brokers' hues: this many degrees apart, beginning with a red. */
const FIRST_HUE = 30
const HUE_STEP = 45
const groundOf = (colour: number) =>
  `color-mix(in oklch, oklch(0.7 0.06 ${FIRST_HUE + HUE_STEP * colour}) 45%, var(--surface))`

interface FaceProps {
  name: string
  colour: number
  you?: boolean
  className?: string
}

/** A person's initial on their colour. Decoration: the name stands beside it or in its place for a screen reader. */
export function Face({ name, colour, you = false, className = '' }: FaceProps) {
  const ground: CSSProperties = you ? {} : { background: groundOf(colour) }
  return (
    <span
      className={`inline-grid size-7 flex-none place-items-center rounded-full border-2 border-surface font-strong fs-xs leading-none ${you ? 'bg-ink text-ink-inv' : 'text-ink'} ${className}`}
      style={ground}
      aria-hidden="true"
    >
      {firstCharacter(name.trim()).toLocaleUpperCase() || '?'}
    </span>
  )
}
