import type { ReactNode } from 'react'

interface BannerProps {
  children: ReactNode
  /** Something worth knowing, where nothing is wrong. */
  quiet?: boolean
  role?: 'alert' | 'status'
}

/** One line over the whole page, with what can be done about it at its end. */
export const Banner = ({ children, quiet = false, role = 'status' }: BannerProps) => (
  <div
    className={`flex min-h-10 items-center justify-between gap-4 border-b bg-surface px-4 py-1 text-sm ${quiet ? 'text-ink-2' : 'border-line-strong bg-hatch'}`}
    role={role}
  >
    {children}
  </div>
)
