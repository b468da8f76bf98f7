'use client'

import { useState } from 'react'
import { pageAddress } from '#lib/util/page-address.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { isEmptyPlace, lanePlaces, laneRefs, laneRefsSignature } from '../feed/lane-ref.ts'
import { LateTip } from '../guide/late-tip.tsx'
import { usePresenting } from '../ui/appearance.ts'
import { EmptyLane } from './empty-lane.tsx'
import { Lane } from './lane.tsx'
import { LaneTabs } from './lane-tabs.tsx'

/** The address in words, for everybody who looks at the projector. */
function RoomAddress({ room }: { room: string }) {
  const presenting = usePresenting()
  if (!presenting) return null
  return (
    <b className="absolute right-0 bottom-1 font-strong text-ink fs-sm">
      {location.host + pageAddress(`/r/${room}`)}
    </b>
  )
}

/** The three lanes, one under the other, so that the same column compares across brokers; on a phone one at a time. */
export function Lanes({ room }: { room: string }) {
  useSlice(laneRefsSignature)
  const feed = useFeed()
  const places = lanePlaces(feed)
  const [shown, setShown] = useState(places[0]?.manifest.id)
  return (
    <main className="flex min-h-0 flex-1 flex-col" id="view-panes">
      <div className="relative mx-4 grid grid-cols-[var(--w-write)_var(--w-keep)_minmax(0,1fr)] pt-3 pb-1.5 text-ink-3 text-xs max-1000:hidden [@media(height<800px)]:pt-1 [@media(height<800px)]:pb-0.5">
        <span className="pl-4">You write</span>
        <span className="pl-4">The broker keeps</span>
        <span className="pl-4">Consumers receive</span>
        <RoomAddress room={room} />
        <LateTip lanes={laneRefs(feed)} />
      </div>
      <LaneTabs places={places} shown={shown} onShow={setShown} />
      <div className="grid min-h-0 flex-1 auto-rows-[minmax(0,1fr)] gap-3 px-4 pb-4 min-1000:auto-rows-[minmax(166px,1fr)] max-1000:auto-rows-[minmax(304px,1fr)] max-1000:gap-2 max-1000:pt-3 max-700:auto-rows-auto max-700:px-3 max-700:pt-0 max-700:pb-3 min-700:[@media(height<800px)]:gap-2 min-700:[@media(height<800px)]:pb-2">
        {places.map((lane) => {
          const { manifest } = lane
          const isShown = manifest.id === shown
          if (isEmptyPlace(lane)) return <EmptyLane key={manifest.id} manifest={manifest} shown={isShown} />
          return <Lane key={manifest.id} lane={lane} shown={isShown} />
        })}
      </div>
    </main>
  )
}
