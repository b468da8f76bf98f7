import type { ReactNode } from 'react'

/** A short word or number in a rounded field, beside a name. */
export const Chip = ({
  children,
  className = 'bg-hover text-ink',
}: {
  children: ReactNode
  className?: string
}) => (
  <span className={`flex-none rounded-full px-1.5 font-strong fs-xs leading-[18px] ${className}`}>
    {children}
  </span>
)
