'use client'

import { useRef } from 'react'
import type { Preview } from '#lib/brokers/contract.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type LaneRef, laneTrace, laneTraceSignature } from '../feed/lane-ref.ts'
import { useLaneNumbers } from '../feed/use-lane.ts'
import { LaneMeter } from '../ledger/lane-meter.tsx'
import { LaneStrip } from '../ledger/lane-strip.tsx'
import { formatTime } from '../ui/format.ts'
import { ModeMark } from '../ui/icon.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { useOneStop } from '../ui/roving.ts'
import { ChannelKeep } from './channel-keep.tsx'
import { KeepMore } from './keep-more.tsx'
import { KeepSkeleton } from './keep-skeleton.tsx'
import { LogKeep } from './log-keep.tsx'
import { QueueKeep } from './queue-keep.tsx'

function Figure({ lane, view, aim }: { lane: LaneRef; view: DestinationView; aim: Preview | null }) {
  useSlice((feed) => laneTraceSignature(feed, lane))
  const trace = laneTrace(useFeed(), lane)
  const facts = view.facts?.facts
  const aimedAt = aim?.kind === 'partition' ? aim.partition : null
  if (!facts) return <KeepSkeleton />
  switch (facts.mode) {
    case 'queue':
      return <QueueKeep lane={lane} view={view} facts={facts} trace={trace} aimedAt={aimedAt} />
    case 'fanout':
      return <ChannelKeep lane={lane} view={view} facts={facts} trace={trace} />
    case 'log':
      return <LogKeep lane={lane} facts={facts} trace={trace} aimedAt={aimedAt} />
    default:
      return unreachable(facts)
  }
}

/** The broker keeps: its own account of the destination, read back from it. Hatched and dated when it is not live. */
export function Keep({ lane, live, aim }: { lane: LaneRef; live: boolean; aim: Preview | null }) {
  const view = useLaneNumbers(lane)
  const facts = view?.facts
  const isDrawn = useFeed().drawnByServer === true
  const box = useRef<HTMLDivElement>(null)
  useOneStop(box)
  return (
    <div
      ref={box}
      className="relative flex min-h-0 min-w-0 flex-col border-hue-line border-x bg-hue-tint p-4 short:px-3 short:py-2 [--g-hole:var(--hue-tint)] stale:bg-hatch max-1000:border-r-0 max-700:row-start-3 max-700:min-h-60 max-700:border-l-0 present:pt-3.5 present:pb-3"
      data-part="keep"
    >
      <div className="flex items-center gap-2 whitespace-nowrap font-strong text-hue text-md stale:text-ink-2">
        <ModeMark mode={lane.mode} />
        <span className="flex-[1_0_auto]">{MODE_LABEL[lane.mode]}</span>
        {live && view && (
          <span className="ml-auto min-w-0 overflow-hidden text-ellipsis font-text text-ink-2 fs-xs max-1440:hidden inspecting:hidden">
            {view.destination.traits.join(', ')}
          </span>
        )}
        {!live && facts && !isDrawn && (
          <span className="ml-auto inline-flex items-center rounded-1 border border-line-control border-dashed bg-surface px-1.5 font-text text-ink fs-xs leading-[18px]">
            as of {formatTime(facts.at)}
          </span>
        )}
        <KeepMore lane={lane} />
      </div>
      {view ? <Figure lane={lane} view={view} aim={aim} /> : <KeepSkeleton />}
      <LaneMeter lane={lane} />
      <LaneStrip lane={lane} />
    </div>
  )
}
