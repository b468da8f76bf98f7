'use client'

import { useFeed, useSlice } from './feed/feed-context.tsx'
import { laneRefs, laneRefsSignature } from './feed/lane-ref.ts'
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
    className="not-focus:vh fixed top-2 left-2 z-30 rounded-2 bg-surface font-strong shadow-2 focus:border-2 focus:border-ink focus:px-3 focus:py-2"
    onClick={() => skip(places)}
  >
    Skip to {to}
  </button>
)

/** The page's first stops by Tab, seen only then: straight to the view, or to where one writes to a broker. */
export function SkipLinks() {
  useSlice(laneRefsSignature)
  const lanes = laneRefs(useFeed())
  const { id, label } = viewOf(useView())
  return (
    <nav aria-label="Skip">
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
