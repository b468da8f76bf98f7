'use client'

import { type CSSProperties, type ReactNode, useId, useRef, useState } from 'react'
import { FLOAT, placeBeside } from './popover.tsx'

interface ExplainedProps {
  /** What it means, in a sentence or two. */
  text: string
  className?: string
  children: ReactNode
}

/** Words that explain themselves beside them while they have the focus or are pressed. */
export function Explained({ text, className = '', children }: ExplainedProps) {
  const id = useId()
  const box = useRef<HTMLSpanElement>(null)
  const [place, setPlace] = useState<CSSProperties>({})
  return (
    <>
      <button
        type="button"
        className={`min-h-6 rounded-1 text-left underline decoration-dotted underline-offset-2 ${className}`}
        title={text}
        aria-describedby={id}
        onFocus={(event) => {
          setPlace(placeBeside(event.currentTarget.getBoundingClientRect(), 'start'))
          box.current?.showPopover()
        }}
        onBlur={() => box.current?.hidePopover()}
      >
        {children}
      </button>
      <span
        ref={box}
        id={id}
        role="tooltip"
        popover="manual"
        className={`${FLOAT} max-w-80 px-3 py-2 text-sm`}
        style={place}
      >
        {text}
      </span>
    </>
  )
}
