'use client'

import { useState } from 'react'
import type { LaneView } from '#lib/ledger/views.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import { Pane } from '../pane/pane.tsx'
import { PaneSkeleton } from '../pane/skeleton.tsx'
import { Rail } from '../rail/rail.tsx'
import { TroubleCard } from '../trouble/trouble-card.tsx'
import { LaneNote } from './lane-note.tsx'
import { heldTrace, type LaneRef, laneTrace, laneTraceSignature } from './lane-ref.ts'
import { NoConsumers } from './no-consumers.tsx'

interface ReceiveProps {
  lane: LaneRef
  view: LaneView | undefined
  status: BrokerStatus | undefined
  live: boolean
}

/** Consumers receive: the rail with its cords and verdict, and a pane for each consumer. */
export function Receive({ lane, view, status, live }: ReceiveProps) {
  useSlice((feed) => laneTraceSignature(feed, lane))
  const feed = useFeed()
  const trace = laneTrace(feed, lane)
  const [panes, setPanes] = useState<HTMLDivElement | null>(null)
  const consumers = view?.consumers ?? []
  const isAway = status !== undefined && status.status !== 'up'
  return (
    <div className="receive">
      <Rail
        lane={lane}
        trace={trace}
        held={heldTrace(feed, lane) !== undefined}
        consumers={consumers}
        panes={panes}
        live={live}
      />
      {isAway && (
        <TroubleCard
          lane={lane}
          status={status}
          wasHere={consumers.some(({ since }) => since !== undefined)}
        />
      )}
      <LaneNote lane={lane} note={view?.destination.note} />
      {view && consumers.length === 0 && <NoConsumers lane={lane} verdict={trace.verdict} />}
      <div className="panes" ref={setPanes} hidden={view !== undefined && consumers.length === 0}>
        {consumers.map((consumer, index) => (
          <Pane
            key={consumer.id}
            lane={lane}
            consumerId={consumer.id}
            consumerName={consumer.name}
            newGroup={index > 0 && consumers[index - 1]?.group !== consumer.group}
            plugged={trace.cords.has(consumer.name)}
            ghost={trace.ghosts.get(consumer.name) ?? null}
            live={live}
          />
        ))}
        {!view &&
          lane.manifest.classic.consumers.map(({ name }) => (
            <PaneSkeleton key={name} name={name} lane={lane} />
          ))}
      </div>
    </div>
  )
}
