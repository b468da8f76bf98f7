import type { ReactNode } from 'react'

/** A part of the panel under a quiet heading. */
export const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="border-b px-5 py-3.5" aria-label={title}>
    <h3 className="mb-1 font-text text-ink-2 text-xs">{title}</h3>
    {children}
  </section>
)
