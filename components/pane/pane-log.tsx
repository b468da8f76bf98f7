'use client'

import { useEffect, useRef } from 'react'
import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { onShowMessage } from '../feed/show-message.ts'
import { filteredNow, useFilter, useFiltered } from '../history/filter.ts'
import { Button } from '../ui/button.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { onDemand } from '../ui/on-demand.tsx'
import { EmptyPane, RowSkeleton } from './empty.tsx'
import { GhostRow } from './ghost-row.tsx'
import { newSince } from './history.ts'
import { onLogClick, onLogKey } from './log-keys.ts'
import type { Settle } from './settle.tsx'
import { TailList } from './tail-list.tsx'
import { settlesByHand } from './unacked-tray.tsx'
import { useStickToEnd } from './use-stick-to-end.ts'

const HistoryList = onDemand(async () => (await import('./history-list.tsx')).HistoryList)

interface PaneLogProps {
  lane: LaneRef
  consumerId: string
  consumerName: string
  ghost: GhostView | null
  onSettle: Settle
}

/** A consumer's log, newest at the bottom. It stays at its end until the reader scrolls up. */
export function PaneLog({ lane, consumerId, consumerName, ghost, onSettle }: PaneLogProps) {
  const feed = useFeed()
  const scroller = useRef<HTMLDivElement>(null)
  const stick = useStickToEnd(scroller, () => filteredNow(feed.views.pane(consumerId)))
  useSlice(({ views }) => views.pane(consumerId)?.version, stick.history ? 'calm' : 'frame')
  const tracedId = useSlice(({ trace }) => trace.messageId)
  const known = feed.views.pane(consumerId)
  const pane = useFiltered(known)
  const isToCome = !known || (known.arrivals > 0 && known.rows.length === 0)
  const { toEnd } = stick
  const filter = useFilter()
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows than before: a place among them means nothing any more
  useEffect(toEnd, [toEnd, filter])
  const { goTo } = stick
  useEffect(() => onShowMessage(goTo), [goTo])
  const byHand = pane && settlesByHand(pane) ? onSettle : null
  const rows = { lane, consumerName, tracedId, byHand }
  const fresh = stick.history && pane ? newSince(stick.history, pane) : 0
  return (
    <div className="relative flex min-h-0 flex-1 flex-col" data-part="log-frame">
      <div
        ref={scroller}
        className="flex min-h-0 flex-1 flex-col overflow-y-auto overflow-x-hidden overscroll-contain contain-strict [container-type:size] [overflow-anchor:none] [scrollbar-color:var(--line-strong)_transparent] [scrollbar-width:thin] focus-visible:shadow-[inset_0_0_0_6px_var(--focus-halo)] focus-visible:-outline-offset-2"
        role="log"
        aria-live="off"
        aria-label={`${consumerName} on ${lane.manifest.label} ${lane.destination}`}
        data-system={lane.manifest.id}
        data-consumer={consumerName}
        data-arrivals={pane?.arrivals ?? 0}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={stick.onScroll}
        onWheel={stick.onWheel}
        onClick={(event) => onLogClick(event, feed)}
        onKeyDown={(event) => onLogKey(event, stick)}
      >
        {isToCome && <RowSkeleton />}
        {pane && pane.arrivals === 0 && !ghost && <EmptyPane lane={lane} pane={pane} />}
        {pane &&
          pane.rows.length > 0 &&
          (stick.history ? (
            <HistoryList {...rows} pane={pane} history={stick.history} scroller={scroller} />
          ) : (
            <TailList {...rows} pane={pane} scroller={scroller} stick={stick} />
          ))}
        {ghost && <GhostRow ghost={ghost} lane={lane} name={consumerName} />}
      </div>
      {stick.history && (
        <Button
          size="own"
          weight="strong"
          className="absolute right-3 bottom-2 z-3 h-tap gap-2 rounded-full px-2.5 fs-sm shadow-2 max-700:min-h-tap"
          onClick={stick.toEnd}
        >
          <Icon name="down" />
          {fresh > 0 ? `${formatCount(fresh)} new` : 'Newest'}
        </Button>
      )}
    </div>
  )
}
