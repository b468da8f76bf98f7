'use client'

import { useState } from 'react'
import type { Preview } from '#lib/brokers/contract.ts'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { heldTrace, type LaneRef, laneTrace, laneTraceSignature, receiversOf } from '../feed/lane-ref.ts'
import { Pane } from '../pane/pane.tsx'
import { PaneSkeleton } from '../pane/skeleton.tsx'
import { Rail } from '../rail/rail.tsx'
import { TroubleCard } from '../trouble/trouble-card.tsx'
import { formatCount } from '../ui/format.ts'
import { useActivePane } from './active-pane.ts'
import { GoneCard } from './gone-card.tsx'
import { LaneNote } from './lane-note.tsx'
import { MorePanes } from './more-panes.tsx'
import { NoConsumers } from './no-consumers.tsx'
import { shownPanes } from './shown-panes.ts'

interface ReceiveProps {
  lane: LaneRef
  view: DestinationView | undefined
  status: BrokerStatus | undefined
  live: boolean
  /** Where what is being written is going to go. */
  aim: Preview | null
}

interface PanesProps {
  lane: LaneRef
  view: DestinationView
  trace: TraceView
  live: boolean
  aim: Preview | null
}

/** A gap stands where another group begins, and before the readers of dead letters. */
function startsAnew(lane: LaneRef, before: Consumer | undefined, consumer: Consumer): boolean {
  if (!before) return false
  if (before.role !== consumer.role) return true
  return lane.modeManifest.can.groups && before.group !== consumer.group
}

function Panes({ lane, view, trace, live, aim }: PanesProps) {
  const receivers = receiversOf(view.consumers)
  const all = [...receivers, ...view.consumers.filter(({ role }) => role !== undefined)]
  const { shown, left } = shownPanes(all, trace.cords)
  const panes = shown.map((consumer, index) => (
    <Pane
      key={consumer.id}
      lane={lane}
      consumerId={consumer.id}
      consumerName={consumer.name}
      newGroup={startsAnew(lane, shown[index - 1], consumer)}
      plugged={trace.cords.has(consumer.name)}
      ghost={trace.ghosts.get(consumer.name) ?? null}
      aimed={aim?.kind === 'consumers' && aim.names.includes(consumer.name)}
      live={live}
    />
  ))
  return (
    <>
      {panes}
      {left > 0 && (
        <p className="m-3 grid place-items-center rounded-2 border border-line-control border-dashed p-3 text-center text-ink-2 text-sm">
          +{formatCount(left)} more
        </p>
      )}
    </>
  )
}

/** Consumers receive: the rail with its cords and verdict, and a pane for each consumer. */
export function Receive({ lane, view, status, live, aim }: ReceiveProps) {
  useSlice((feed) => laneTraceSignature(feed, lane))
  const feed = useFeed()
  const trace = laneTrace(feed, lane)
  const [panes, setPanes] = useState<HTMLDivElement | null>(null)
  useActivePane(panes)
  const consumers = view?.consumers ?? []
  const receivers = receiversOf(consumers)
  const isAway = status !== undefined && status.status !== 'up'
  return (
    <div className="relative flex min-h-0 min-w-0 flex-col max-1000:col-span-2 max-1000:border-t max-700:col-span-1 max-700:row-start-1 max-700:border-t-0 max-700:border-b">
      <Rail
        lane={lane}
        trace={trace}
        held={heldTrace(feed, lane) !== undefined}
        consumers={receivers}
        panes={panes}
        live={live}
        beside={<MorePanes panes={panes} count={consumers.length} traced={trace.cords} />}
      />
      {isAway && (
        <TroubleCard
          lane={lane}
          status={status}
          wasHere={consumers.some(({ since }) => since !== undefined)}
        />
      )}
      {view?.destination.state === 'gone' && (
        <Permitted command="destination:declare">
          <GoneCard lane={lane} destination={view.destination} />
        </Permitted>
      )}
      <LaneNote lane={lane} note={view?.destination.note} />
      {view && receivers.length === 0 && (
        <Permitted command="consumer:add">
          <NoConsumers lane={lane} verdict={trace.verdict} />
        </Permitted>
      )}
      <div
        className="grid min-h-0 min-w-0 flex-1 auto-cols-[minmax(232px,1fr)] grid-flow-col overflow-x-auto overflow-y-hidden stale:bg-hatch max-700:auto-cols-[min(86%,420px)] max-700:snap-x max-700:snap-mandatory max-700:not-has-[>:nth-child(2)]:auto-cols-[100%]"
        ref={setPanes}
        hidden={view !== undefined && consumers.length === 0}
      >
        {view && <Panes lane={lane} view={view} trace={trace} live={live} aim={aim} />}
        {!view &&
          lane.manifest.classic.consumers.map(({ name }) => (
            <PaneSkeleton key={name} name={name} lane={lane} />
          ))}
      </div>
    </div>
  )
}
