'use client'

import { useState } from 'react'
import type { Preview } from '#lib/brokers/contract.ts'
import { useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { useBroker, useConnectionLost, useLaneStructure } from '../feed/use-lane.ts'
import { Keep } from '../keep/keep.tsx'
import { hueStyle } from '../ui/look.ts'
import { statusWord } from '../words/brokers.ts'
import { Receive } from './receive.tsx'
import { Write } from './write.tsx'

/** What the screen shows of one system in a room: you write, the broker keeps, consumers receive. */
export function Lane({ lane, shown }: { lane: LaneRef; shown: boolean }) {
  const view = useLaneStructure(lane)
  const status = useBroker(lane.manifest.id)
  const broken = useConnectionLost()
  const [aim, setAim] = useState<Preview | null>(null)
  const hasFacts = useSlice(({ views }) =>
    Boolean(views.destination(lane.manifest.id, lane.destination)?.facts),
  )
  const word = statusWord(status)
  const live = (word === 'up' || word === 'paused' || word === 'blocked') && !broken
  const stale = !live && (hasFacts || word === 'reconnecting' || word === 'down')
  const { label, id } = lane.manifest
  return (
    <section
      className="lane group/lane relative grid min-h-0 min-w-0 grid-cols-[var(--w-write)_var(--w-keep)_minmax(0,1fr)] grid-rows-[minmax(0,1fr)] overflow-hidden rounded-3 border bg-surface min-700:[container:lane/size] max-1000:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] max-1000:grid-rows-[168px_minmax(0,1fr)] max-700:hidden max-700:grid-cols-[minmax(0,1fr)] max-700:grid-rows-[380px_auto_auto] max-700:data-[shown=true]:grid max-700:data-[stale=true]:grid-rows-[minmax(380px,auto)_auto_auto]"
      style={hueStyle(lane.manifest)}
      aria-label={`${label} ${lane.modeManifest.noun} ${lane.destination}`}
      data-system={id}
      data-mode={lane.mode}
      data-status={status?.status ?? 'connecting'}
      data-shown={shown}
      data-stale={stale}
    >
      <Write lane={lane} view={view} status={status} onAim={setAim} />
      <Keep lane={lane} live={live} aim={aim} />
      <Receive key={lane.destination} lane={lane} view={view} status={status} live={live} aim={aim} />
    </section>
  )
}
