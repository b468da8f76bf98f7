'use client'

import { useState } from 'react'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { laneRefs, laneRefsSignature } from '../feed/lane-ref.ts'
import { usePresenting } from '../ui/appearance.ts'
import { Lane } from './lane.tsx'
import { LaneTabs } from './lane-tabs.tsx'

/** The address in words, for everybody who looks at the projector. */
function RoomAddress({ room }: { room: string }) {
  const presenting = usePresenting()
  if (!presenting) return null
  return <b className="url">{`${location.host}/r/${room}`}</b>
}

/** The three lanes, one under the other, so that the same column compares across brokers; on a phone one at a time. */
export function Lanes({ room }: { room: string }) {
  useSlice(laneRefsSignature)
  const lanes = laneRefs(useFeed())
  const [shown, setShown] = useState(lanes[0]?.manifest.id)
  return (
    <main className="stage" id="view-panes">
      <div className="caps">
        <span>You write</span>
        <span>The broker keeps</span>
        <span>Consumers receive</span>
        <RoomAddress room={room} />
      </div>
      <LaneTabs lanes={lanes} shown={shown} onShow={setShown} />
      <div className="lanes">
        {lanes.map((lane) => (
          <Lane key={lane.manifest.id} lane={lane} shown={lane.manifest.id === shown} />
        ))}
      </div>
    </main>
  )
}
