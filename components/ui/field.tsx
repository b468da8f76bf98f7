import type { ComponentProps, ReactNode } from 'react'

interface Width {
  /** As wide as a number needs, at the end of its line. */
  narrow?: boolean
}

const classes = ({ narrow = false }: Width, className: string): string =>
  `block h-control rounded-2 border border-line-control bg-surface px-2.5 text-ink aria-[invalid=true]:border-bad max-700:min-h-tap ${narrow ? 'w-37 justify-self-end' : 'w-full'} ${className}`

export const Input = ({ narrow, className = '', ...rest }: Width & ComponentProps<'input'>) => (
  <input dir="auto" {...rest} className={classes({ narrow }, className)} />
)

export const Select = ({ narrow, className = '', ...rest }: Width & ComponentProps<'select'>) => (
  <select {...rest} className={classes({ narrow }, className)} />
)

/** A field with its label above it. */
export const Field = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
  <label className="grid gap-1 font-mid text-sm">
    {label}
    {children}
  </label>
)
