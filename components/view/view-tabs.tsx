'use client'

import type { KeyboardEvent } from 'react'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { chooseView, useView } from './view-choice.ts'
import { VIEWS, viewOf } from './views.ts'

/** The left and right arrow keys move between the tabs. */
function onArrow(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const index = VIEWS.findIndex(({ id }) => `tab-${id}` === event.currentTarget.id)
  const next = VIEWS.at((index + step) % VIEWS.length)
  if (!next) return
  chooseView(next.id)
  document.getElementById(`tab-${next.id}`)?.focus()
}

export function ViewTabs() {
  const shown = viewOf(useView()).id
  return (
    <Segmented
      className="max-1000:col-span-2 max-1000:row-start-2 max-1000:mb-2"
      role="tablist"
      aria-label="View"
    >
      {VIEWS.map(({ id, label }) => (
        <Segment
          key={id}
          className="max-1440:px-2 max-1000:flex-1 max-700:min-h-tap"
          role="tab"
          id={`tab-${id}`}
          chosen={id === shown}
          aria-controls={id === shown ? `view-${id}` : undefined}
          tabIndex={id === shown ? 0 : -1}
          onClick={() => chooseView(id)}
          onKeyDown={onArrow}
        >
          {label}
        </Segment>
      ))}
    </Segmented>
  )
}
