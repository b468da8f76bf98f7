import type { ReactNode } from 'react'

/** The look of a button in the top bar that keeps only its icon where the bar is short of room. */
export const FOLDING = 'max-1600:w-control max-1600:p-0 max-700:w-11 present:w-control present:p-0'

/** The same on a phone alone. */
export const FOLDING_ON_PHONE = 'max-700:w-11 max-700:flex-none max-700:p-0'

/** The word beside the icon of such a button. */
export const FoldingWord = ({ children, onPhone = false }: { children: ReactNode; onPhone?: boolean }) => (
  <span className={onPhone ? 'max-700:hidden' : 'max-1600:hidden present:hidden'}>{children}</span>
)
