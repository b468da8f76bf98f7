import type { ReactNode } from 'react'

/** Below the figure: one fact or two in small words. What must not be missed is a `b`, the broker's own command a `code`. */
export const KeepFoot = ({ children }: { children: ReactNode }) => (
  <p className="flex flex-wrap justify-between gap-x-3 whitespace-nowrap text-ink-2 text-xs shorter:[&>:not(b)]:hidden short:present:hidden [&>*]:min-w-0 [&>b]:whitespace-normal [&>b]:font-strong [&>b]:text-ink [&>code]:whitespace-normal [&>code]:tracking-code [&>code]:text-ink [&>code]:wrap-anywhere [&>code]:fs-xs">
    {children}
  </p>
)
