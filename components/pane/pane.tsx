'use client'

import { memo } from 'react'
import type { GhostView } from '#lib/ledger/views.ts'
import type { LaneRef } from '../lane/lane-ref.ts'
import { PaneFoot } from '../ledger/pane-foot.tsx'
import { PaneHead } from './pane-head.tsx'
import { PaneLog } from './pane-log.tsx'

interface PaneProps {
  lane: LaneRef
  consumerId: string
  consumerName: string
  /** The first pane of another group than the one before it. */
  newGroup: boolean
  /** A cord runs to it: it has the traced message. */
  plugged: boolean
  ghost: GhostView | null
  live: boolean
}

/** One consumer: a real client of the broker, and what it received. */
export const Pane = memo(function Pane(props: PaneProps) {
  const { lane, consumerId, consumerName, newGroup, plugged, ghost, live } = props
  return (
    <article
      className={newGroup ? 'pane new-group' : 'pane'}
      data-system={lane.manifest.id}
      data-consumer={consumerName}
    >
      <PaneHead
        lane={lane}
        consumerId={consumerId}
        consumerName={consumerName}
        plugged={plugged}
        live={live}
      />
      <PaneLog lane={lane} consumerId={consumerId} consumerName={consumerName} ghost={ghost} />
      <PaneFoot lane={lane} consumerId={consumerId} consumerName={consumerName} />
    </article>
  )
})
