'use client'

import { useFeed } from '../feed/feed-context.tsx'
import { Button } from '../ui/button.tsx'
import { toggleInspector, useInspector } from './inspector-state.ts'

/** Opens the inspector on the traced message, and closes it. */
export function InspectButton() {
  const feed = useFeed()
  const { open } = useInspector()
  return (
    <Button aria-pressed={open} aria-keyshortcuts="i" onClick={() => toggleInspector(feed)}>
      Inspect
    </Button>
  )
}
