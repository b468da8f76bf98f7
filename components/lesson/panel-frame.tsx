import type { ReactNode, RefObject } from 'react'

interface PanelFrameProps {
  label: string
  panel?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** The panel at the right, below the top bar; on a narrow window a sheet at the foot, which leaves the lanes in reach. */
export const PanelFrame = ({ label, panel, children }: PanelFrameProps) => (
  <aside
    ref={panel}
    tabIndex={-1}
    aria-label={label}
    className="drawer lesson-panel fixed top-bar right-0 bottom-0 z-10 flex w-drawer flex-col border-line-strong border-l bg-surface outline-none max-1100:top-auto max-1100:z-20 max-1100:left-0 max-1100:h-[46dvh] max-1100:w-auto max-1100:border-t max-1100:border-l-0 max-1100:shadow-2"
  >
    {children}
  </aside>
)
