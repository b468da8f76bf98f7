'use client'

import { useState } from 'react'
import type { EventOf } from '#lib/protocol/events.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Banner } from '../ui/banner.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { gapWords } from '../words/gaps.ts'

const isOfStream = ({ consumer }: EventOf<'gap'>): boolean => consumer === undefined

/**
 * The stream itself has holes: said once, with their sizes added up, until it is put away. Holes of one consumer stand
 * in its pane.
 */
export function GapNote() {
  useSlice(({ views }) => `${views.gaps.findLast(isOfStream)?.seq} ${views.missingEvents}`, 'calm')
  const { views } = useFeed()
  const [put, setPut] = useState<number | null>(null)
  const gap = views.gaps.findLast(isOfStream)
  if (!gap || gap.seq === put) return null
  return (
    <Banner quiet>
      <p>{gapWords(gap, views.missingEvents)}</p>
      <IconButton
        icon="x"
        look="quiet"
        size="sm"
        label="Put this note away"
        onClick={() => setPut(gap.seq)}
      />
    </Banner>
  )
}
