import type { ReactNode } from 'react'
import { CopyButton } from './copy-button.tsx'

interface CopyableTextProps {
  children: string
  /** Names it for a screen reader: "the command for Docker". */
  what: string
  /** Where it is to be typed; short words, or two lines of them. */
  before?: ReactNode
}

/** A text to be copied, with the button that copies it. */
export const CopyableText = ({ children, what, before }: CopyableTextProps) => (
  <div
    className={`flex min-h-9 items-center gap-3 rounded-2 border bg-sunken pr-1 pl-3 ${before ? 'py-[3px]' : ''}`}
  >
    {before && <span className="min-w-12 flex-[0_0_104px] text-ink-3 text-xs">{before}</span>}
    <code className="min-w-0 flex-1 wrap-anywhere fs-sm">{children}</code>
    <CopyButton text={children} what={what} />
  </div>
)
