import type { ReactNode } from 'react'

interface KeepFootProps {
  /** Each fact has a column of its own, and stays where it is when a number grows. */
  columns?: boolean
  /** Lines kept free for it, so that words which come later push nothing. */
  lines?: 1 | 2
  children: ReactNode
}

/** Below the figure: one fact or two in small words. What must not be missed is a `b`, the broker's own command a `code`. */
export const KeepFoot = ({ columns = false, lines = 1, children }: KeepFootProps) => (
  <p
    className={`${columns ? '[&>span]:flex-[1_0_30%]' : ''} ${lines === 2 ? 'min-h-8 content-end shorter:min-h-0' : ''} flex flex-wrap justify-between gap-x-1.5 whitespace-nowrap text-ink-2 text-xs shorter:[&>:not(b)]:hidden short:present:hidden [&>*]:min-w-0 [&>b]:whitespace-normal [&>b]:font-strong [&>b]:text-ink [&>code]:whitespace-normal [&>code]:tracking-code [&>code]:text-ink [&>code]:wrap-anywhere [&>code]:fs-xs`}
  >
    {children}
  </p>
)
