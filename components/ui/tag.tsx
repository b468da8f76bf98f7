import type { ComponentProps } from 'react'
import { formatNumber } from './format.ts'

const LOOKS = {
  plain: 'text-ink-3',
  /** It is the one message that all views point out. */
  traced: 'bg-signal text-on-signal',
  /** The same, on the traced row's own yellow. */
  'on-trace': 'bg-signal-tag text-on-signal-tag',
  /** It is not here: held, elsewhere, pending. */
  gone: 'border border-dashed border-line-control text-ink-2',
} as const

const SIZES = {
  md: 'h-line-sm px-1.5',
  sm: 'h-4 px-1',
  /** Its number begins where the words above it begin. */
  flush: 'h-line-sm',
} as const

interface TagStyle {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  className?: string
}

const classes = ({ look = 'plain', size = 'md', className = '' }: TagStyle): string =>
  `inline-flex items-center whitespace-nowrap rounded-1 font-strong font-ui fs-xs leading-none ${LOOKS[look]} ${SIZES[size]} ${className}`

/** A message's number, `#42`. Yellow for the traced one only. */
export const Tag = ({ number, ...style }: TagStyle & { number: number | null }) => (
  <span className={classes(style)}>{number === null ? '#…' : formatNumber(number)}</span>
)

/** A message's number that can be pressed; its words are the caller's. */
export const TagButton = ({ look, size, className, ...rest }: TagStyle & ComponentProps<'button'>) => (
  <button type="button" data-tag {...rest} className={classes({ look, size, className })} />
)
