'use client'

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
  return (
    <div className="keep">
      <div className="keep-head">
        <ModeMark mode={lane.mode} />
        <span className="mode-name">{MODE_LABEL[lane.mode]}</span>
        {live && view && <span className="facts">{view.destination.traits.join(', ')}</span>}
        {!live && facts && <span className="asof">as of {formatTime(facts.at)}</span>}
        <KeepMore lane={lane} />
      </div>
      {view ? <Figure lane={lane} view={view} aim={aim} /> : <KeepSkeleton />}
      <LaneMeter lane={lane} />
      <LaneStrip lane={lane} />
    </div>
  )
}
