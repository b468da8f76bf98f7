import type { ReactNode } from 'react'

interface NoticePageProps {
  title: ReactNode
  /** Above the title. */
  mark?: ReactNode
  children: ReactNode
  role?: 'alert'
}

/** A whole page with a few words and what can be done. */
export const NoticePage = ({ title, mark, children, role }: NoticePageProps) => (
  <main className="mx-auto grid max-w-[640px] content-start gap-4 px-6 py-16 text-ink-2" role={role}>
    {mark}
    <h1 className="font-strong text-ink text-xl tracking-tight">{title}</h1>
    {children}
  </main>
)
