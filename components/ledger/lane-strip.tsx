'use client'

import type { TallyFigure, TallyView } from '#lib/ledger/model/count-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { LANE_FIGURES } from '../words/ledger.ts'
import { FigureStrip } from './figure-strip.tsx'

/** What matters of a lane, also while it is zero: each has its place, and never gives way or moves. */
const FIRST = ['sent', 'seen', 'waiting', 'lost', 'unknown'] as const
/** In the order of their weight; these share the last place. */
const THEN = ['duplicates', 'late', 'moved', 'refused', 'outside', 'unreadable'] as const

/** Those with a place of their own, and those that share the last one. */
export function figuresOf(tally: TallyView) {
  const show = (figure: TallyFigure) => ({ figure, value: tally[figure], words: LANE_FIGURES[figure] })
  return { figures: FIRST.map(show), more: THEN.filter((figure) => tally[figure] > 0).map(show) }
}

/** What became of all that was sent to this lane: every number opens its messages. */
export function LaneStrip({ lane }: { lane: LaneRef }) {
  const { manifest, destination } = lane
  useSlice(({ views }) => Object.values(views.tally(manifest.id, destination) ?? {}).join(' '), 'calm')
  const feed = useFeed()
  const tally = feed.views.tally(manifest.id, destination)
  if (!tally) return null
  return (
    <FigureStrip
      {...figuresOf(tally)}
      of={`${manifest.label} ${destination}`}
      countedIn={(figure) => feed.views.countedIn(manifest.id, destination, figure)}
    />
  )
}
