import type { ReactNode } from 'react'

export type BadgeLook = 'good' | 'plain' | 'wait' | 'gone' | 'bad' | 'redo' | 'pos'

const DASHED = 'border-dashed px-1.5 in-data-[traced=true]:border-current'
const BOXED_ON_TRACE = 'in-data-[traced=true]:bg-transparent in-data-[traced=true]:text-on-signal-row'
const ON_TRACE = 'border-transparent in-data-[traced=true]:text-signal-row-2'

/** A dashed outline is pending or elsewhere, a red ground is bad, a box is worth a second look; the rest is words. */
const LOOKS: Record<BadgeLook, string> = {
  good: `pr-1.5 text-good ${ON_TRACE}`,
  plain: `pr-1.5 text-ink-2 ${ON_TRACE}`,
  wait: `border-line-control bg-surface text-ink ${DASHED} ${BOXED_ON_TRACE}`,
  gone: `border-line-control text-ink-2 ${DASHED} ${BOXED_ON_TRACE}`,
  bad: `bg-bad-tint px-1.5 font-strong text-bad ${ON_TRACE}`,
  redo: `border-line-strong bg-surface px-1.5 text-ink in-data-[traced=true]:border-current ${BOXED_ON_TRACE}`,
  pos: `pr-0.5 font-mono text-hue tracking-digits ${ON_TRACE}`,
}

export const BADGE_ICON = 'size-3 [stroke-width:1.75] present:size-[15px]'

interface BadgeProps {
  look: BadgeLook
  title?: string
  className?: string
  children: ReactNode
}

/** How one arrival stands, in a word. On the traced row it takes that row's colours. */
export const Badge = ({ look, title, className = '', children }: BadgeProps) => (
  <span
    className={`inline-flex h-line-sm items-center gap-1 whitespace-nowrap rounded-1 border fs-xs leading-none @max-narrow/pane:h-line-xs @max-narrow/pane:in-data-[traced=true]:h-line-sm ${LOOKS[look]} ${className}`}
    title={title}
    data-badge={look}
  >
    {children}
  </span>
)
