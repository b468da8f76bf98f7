'use client'

import { type ReactNode, useEffect, useRef } from 'react'
import { showOverlay } from '../ui/overlay.ts'

/** A box over the whole page, which has the keyboard while it is open; Esc and a click beside it close it. */
export function OverlayBox({ label, children }: { label: string; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const box = dialog.current
    box?.showModal()
    box?.querySelector('input')?.focus()
    return () => box?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      className="m-auto mt-[12vh] max-h-[76vh] w-[min(640px,calc(100vw-24px))] overflow-hidden rounded-3 border border-line-strong bg-surface p-0 text-ink shadow-2 backdrop:bg-ink/25"
      aria-label={label}
      onClose={() => showOverlay('none')}
      onClick={(event) => event.target === event.currentTarget && showOverlay('none')}
      // The page's own keys rest meanwhile, but for the one that opened the box and closes it.
      onKeyDown={(event) => {
        if (!event.ctrlKey && !event.metaKey) event.stopPropagation()
      }}
    >
      {children}
    </dialog>
  )
}
