'use client'

import { type ReactNode, useRef } from 'react'
import { Logo } from '../ui/icon.tsx'
import { useOneStop } from '../ui/roving.ts'
import { ViewTabs } from './view-tabs.tsx'

interface BarProps {
  room: string
  /** In the place of its name: what opens the list of all rooms. */
  roomMenu?: ReactNode
  /** Beside the room's name. */
  beside: ReactNode
  /** At the bar's end. */
  end: ReactNode
}

/**
 * The page's top: where one is, the tabs of the views always in the same place, and what can be done with the whole
 * room. Below 1000 px the tabs have a row of their own.
 */
export function Bar({ room, roomMenu, beside, end }: BarProps) {
  const atStart = useRef<HTMLDivElement>(null)
  const atEnd = useRef<HTMLDivElement>(null)
  useOneStop(atStart)
  useOneStop(atEnd)
  return (
    <header className="grid h-bar grid-cols-[1fr_auto_1fr] items-center gap-6 border-b bg-surface px-4 max-1440:gap-3 max-1000:h-auto max-1000:grid-cols-[minmax(0,1fr)_auto] max-1000:grid-rows-[var(--h-bar)_auto] max-1000:gap-y-0 max-700:gap-x-2 max-700:px-3">
      <div ref={atStart} className="flex min-w-0 items-center gap-3 max-700:gap-1" data-part="room">
        <Logo className="max-700:hidden" />
        <h1 className="flex min-w-0 items-center gap-3 whitespace-nowrap font-strong fs-lg tracking-tight max-700:mr-auto">
          <b className={`font-strong ${roomMenu ? 'max-1440:hidden' : 'max-1100:hidden'}`}>Switchboard</b>
          <i
            className="mx-0.5 h-5 w-px flex-none rotate-16 bg-line-strong max-700:hidden"
            aria-hidden="true"
          />
          {roomMenu ?? (
            <span className="overflow-hidden text-ellipsis" title={room}>
              {room}
            </span>
          )}
        </h1>
        {beside}
      </div>
      <ViewTabs />
      <div
        ref={atEnd}
        className="flex min-w-0 items-center justify-end gap-2 max-700:gap-1"
        data-part="tools"
      >
        {end}
      </div>
    </header>
  )
}
