'use client'

import type { KeyboardEvent } from 'react'
import { Glyph } from '../ui/icon.tsx'
import { Segment, Segmented } from '../ui/segmented.tsx'
import { inspectSystem } from './inspector-state.ts'
import type { Side } from './sides.ts'

interface SystemTabsProps {
  sides: readonly Side[]
  shown: string
}

/** A tab for each system that the message went to. */
export function SystemTabs({ sides, shown }: SystemTabsProps) {
  function onArrow(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = sides.findIndex(({ lane }) => lane.manifest.id === shown)
    const next = sides.at((at + step) % sides.length)
    if (!next) return
    event.preventDefault()
    inspectSystem(next.lane.manifest.id)
    document.getElementById(`inspect-${next.lane.manifest.id}`)?.focus()
  }
  return (
    <Segmented wide role="tablist" aria-label="Broker" onKeyDown={onArrow}>
      {sides.map(({ lane: { manifest } }) => (
        <Segment
          key={manifest.id}
          role="tab"
          id={`inspect-${manifest.id}`}
          chosen={manifest.id === shown}
          aria-controls={manifest.id === shown ? 'inspector-side' : undefined}
          tabIndex={manifest.id === shown ? 0 : -1}
          onClick={() => inspectSystem(manifest.id)}
        >
          <Glyph manifest={manifest} className="size-4" />
          {manifest.label}
        </Segment>
      ))}
    </Segmented>
  )
}
