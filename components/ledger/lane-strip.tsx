'use client'

import type { TallyFigure, TallyView } from '#lib/ledger/model/count-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { LANE_FIGURES } from '../words/ledger.ts'
import { FigureStrip } from './figure-strip.tsx'

const FIRST = ['sent', 'seen'] as const
/** In the order of their weight; zeros stand behind the others and give way where there is no room. */
const THEN = [
  'waiting',
  'lost',
  'unknown',
  'duplicates',
  'late',
  'moved',
  'refused',
  'outside',
  'unreadable',
] as const
/** Worth a zero. */
const EVEN_ZERO: ReadonlySet<TallyFigure> = new Set(['waiting', 'lost', 'unknown'])

function figuresOf(tally: TallyView) {
  const counted = THEN.filter((figure) => tally[figure] > 0)
  const zeros = THEN.filter((figure) => tally[figure] === 0 && EVEN_ZERO.has(figure))
  return [...FIRST, ...counted, ...zeros].map((figure: TallyFigure) => ({
    figure,
    value: tally[figure],
    words: LANE_FIGURES[figure],
  }))
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
      figures={figuresOf(tally)}
      of={`${manifest.label} ${destination}`}
      tinted
      behind={(figure) => feed.views.behind(manifest.id, destination, figure)}
    />
  )
}
