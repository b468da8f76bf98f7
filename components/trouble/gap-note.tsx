'use client'

import { useState } from 'react'
import type { EventOf } from '#lib/protocol/events.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Banner } from '../ui/banner.tsx'
import { formatCount, formatTime } from '../ui/format.ts'
import { IconButton } from '../ui/icon-button.tsx'

function missing({ from, to }: EventOf<'gap'>): string {
  return from === null || to === null ? 'Some events' : `${formatCount(to - from + 1)} events`
}

function gapWords(gap: EventOf<'gap'>): string {
  switch (gap.reason) {
    case 'epoch':
      return `The dashboard restarted (seen at ${formatTime(gap.at)}). What it knew before is not shown.`
    case 'not-held':
      return `${missing(gap)} before this are no longer kept.`
    case 'slow-reader':
      return `This page was too slow for a while: ${missing(gap).toLowerCase()} are not shown.`
    case 'resubscribed':
    case 'lagging':
    case 'broker-restarted':
    case 'retention':
    case 'compaction':
    case 'transaction':
      return `${missing(gap)} are missing.`
    default:
      return unreachable(gap.reason)
  }
}

/** The stream itself has a hole: said once, until it is put away. Holes of one consumer stand in its pane. */
export function GapNote() {
  const seq = useSlice(
    ({ views }) => views.gaps.findLast(({ consumer }) => consumer === undefined)?.seq,
    'calm',
  )
  const feed = useFeed()
  const [put, setPut] = useState<number | null>(null)
  const gap = feed.views.gaps.findLast((one) => one.seq === seq && one.consumer === undefined)
  if (!gap || gap.seq === put) return null
  return (
    <Banner quiet>
      <p>{gapWords(gap)}</p>
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
