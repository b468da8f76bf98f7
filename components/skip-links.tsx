'use client'

import { useRef } from 'react'
import { useFeed, useSlice } from './feed/feed-context.tsx'
import { laneRefs, laneRefsSignature } from './feed/lane-ref.ts'
import { useOneStop } from './ui/roving.ts'
import { useView } from './view/view-choice.ts'
import { viewOf } from './view/views.ts'

interface SkipProps {
  to: string
  /** The first of these that is there gets the focus. */
  places: readonly string[]
}

function skip(places: readonly string[]): void {
  const place = places
    .map((selector) => document.querySelector<HTMLElement>(selector))
    .find((element) => element?.checkVisibility())
  if (!place) return
  if (place.tabIndex < 0) place.tabIndex = -1
  place.focus()
}

/** Not a link to a fragment: the fragment is the view. */
const Skip = ({ to, places }: SkipProps) => (
  <button
    type="button"
    className="rounded-2 border-2 border-surface bg-surface px-3 py-2 font-strong focus:border-ink"
    onClick={() => skip(places)}
  >
    Skip to {to}
  </button>
)

/** The page's first stop by Tab, seen only then: straight to the view, or by the arrows to where one writes to a broker. */
export function SkipLinks() {
  const nav = useRef<HTMLElement>(null)
  useOneStop(nav)
  useSlice(laneRefsSignature)
  const lanes = laneRefs(useFeed())
  const { id, label } = viewOf(useView())
  return (
    <nav
      ref={nav}
      className="not-focus-within:vh fixed top-2 left-2 z-30 flex gap-1 rounded-2 bg-surface p-1 shadow-2"
      aria-label="Skip"
    >
      <Skip to={`the ${label.toLowerCase()}`} places={[`#view-${id} [tabindex="0"]`, `#view-${id}`]} />
      {id === 'panes' &&
        lanes.map(({ manifest }) => (
          <Skip
            key={manifest.id}
            to={manifest.label}
            places={[
              `section[data-system="${manifest.id}"] textarea`,
              `section[data-system="${manifest.id}"] [role="log"]`,
            ]}
          />
        ))}
    </nav>
  )
}
