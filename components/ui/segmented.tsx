import type { ComponentProps } from 'react'

interface SegmentedProps extends ComponentProps<'div'> {
  /** It takes the width of its place, and its segments share it. */
  wide?: boolean
}

/** A few choices side by side, of which one is chosen: tabs, modes, speeds. Its `role` says which. */
export const Segmented = ({ wide = false, className = '', ...rest }: SegmentedProps) => (
  <div
    {...rest}
    className={`gap-0.5 rounded-2 bg-hover p-0.5 ${wide ? 'flex *:flex-1' : 'inline-flex'} ${className}`}
  />
)

const CHOSEN =
  'bg-surface font-strong text-ink shadow-[0_0_0_1px_var(--line-strong)] dark:bg-line-strong dark:shadow-none'

const STATES = { tab: 'aria-selected', radio: 'aria-checked', button: 'aria-pressed' } as const

interface SegmentProps extends ComponentProps<'button'> {
  role?: 'tab' | 'radio'
  chosen: boolean
  /** A mark of its own is nearly all there is in it. */
  tight?: boolean
}

/** One of them. Its `role` decides how it says that it is chosen: a tab is selected, a radio checked, a button pressed. */
export function Segment({ chosen, tight = false, className = '', role, ...rest }: SegmentProps) {
  return (
    <button
      type="button"
      role={role}
      {...{ [STATES[role ?? 'button']]: chosen }}
      {...rest}
      className={`inline-flex h-[calc(var(--h-control)-4px)] items-center justify-center whitespace-nowrap rounded-[6px] ${tight ? 'gap-[5px] px-1.5' : 'gap-1.5 px-2.5'} ${chosen ? CHOSEN : 'font-mid text-ink-2'} ${className}`}
    />
  )
}
