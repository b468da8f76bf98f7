'use client'

import type { PaneFigure, PaneTallyView } from '#lib/ledger/model/count-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Icon } from '../ui/icon.tsx'
import { onReturnWords, PANE_FIGURES } from '../words/ledger.ts'
import { FigureStrip } from './figure-strip.tsx'

interface PaneFootProps {
  lane: LaneRef
  consumerId: string
  consumerName: string
}

const ORDER = ['unique', 'missed', 'duplicates', 'late', 'unknown'] as const

/** What is not known is said where there is any; what a system cannot do is left out. */
const figuresOf = (tally: PaneTallyView) =>
  ORDER.flatMap((figure: PaneFigure) => {
    const value = tally[figure]
    if (value === null || (figure === 'unknown' && value === 0)) return []
    return [{ figure, value, words: PANE_FIGURES[figure] }]
  })

/** Says what an absent consumer misses, or what waits for it. */
function OnReturn({ lane, consumerId, consumerName }: PaneFootProps) {
  useSlice(({ views }) => JSON.stringify(views.onReturn(consumerId)), 'calm')
  const { views } = useFeed()
  const onReturn = views.onReturn(consumerId)
  if (onReturn === null || (onReturn.kind === 'never' && onReturn.count === 0)) return null
  return (
    <p
      className="present:absolute present:top-[calc(var(--h-pane-head)+4px)] present:right-3 present:left-3 present:z-2 -mr-2 ml-auto flex min-w-0 items-center gap-1.5 rounded-1 border border-line-control border-dashed bg-hatch px-1.5 font-mid text-xs present:mx-0 present:bg-surface present:py-1 present:text-sm"
      data-on-return={onReturn.kind}
    >
      <Icon name="away" />
      <span className="min-w-0 overflow-hidden text-ellipsis whitespace-nowrap">
        <span className="vh">{consumerName} is away: </span>
        {onReturnWords(onReturn, lane.modeManifest.noun, views.pane(consumerId)?.consumer.group)}
      </span>
    </p>
  )
}

/** Under each consumer, in one line that never grows: its books, and what it has to expect while it is away. */
export function PaneFoot(props: PaneFootProps) {
  const { consumerId, consumerName } = props
  useSlice(({ views }) => Object.values(views.paneTally(consumerId) ?? {}).join(' '), 'calm')
  const feed = useFeed()
  const tally = feed.views.paneTally(consumerId)
  return (
    <footer className="@container/foot flex min-h-6 flex-none items-center gap-2 border-t px-4 present:min-h-0 present:border-t-0">
      {tally && (
        <FigureStrip
          figures={figuresOf(tally)}
          of={consumerName}
          countedIn={(figure) => feed.views.countedInPane(consumerId, figure)}
        />
      )}
      <OnReturn {...props} />
    </footer>
  )
}
