'use client'

import { memo, useCallback, useRef } from 'react'
import type { GhostView } from '#lib/ledger/model/trace-views.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { PaneFoot } from '../ledger/pane-foot.tsx'
import { useOneStop } from '../ui/roving.ts'
import { FailingRecords } from './failing-records.tsx'
import { PaneHead } from './pane-head.tsx'
import { PaneLog } from './pane-log.tsx'
import { type Settle, SettleForbidden } from './settle.tsx'
import { useVerbs } from './use-verbs.ts'

interface PaneProps {
  lane: LaneRef
  consumerId: string
  consumerName: string
  /** The first pane of another group than the one before it. */
  newGroup: boolean
  /** A cord runs to it: it has the traced message. */
  plugged: boolean
  ghost: GhostView | null
  aimed: boolean
  live: boolean
}

/** One consumer: a real client of the broker, and what it received. */
export const Pane = memo(function Pane(props: PaneProps) {
  const { lane, consumerId, consumerName, newGroup, plugged, ghost, aimed, live } = props
  const article = useRef<HTMLElement>(null)
  useOneStop(article, { parts: ':scope > header, :scope > footer' })
  const verbs = useVerbs(lane, consumerId)
  const { run } = verbs
  const onSettle: Settle = useCallback((delivery, verb) => void run(verb, { delivery }), [run])
  const { why } = useMay('consumer:command', useFeed().views.pane(consumerId)?.consumer)
  const role = useSlice(({ views }) => views.pane(consumerId)?.consumer.role)
  return (
    <article
      ref={article}
      className={`@container/pane relative flex min-h-0 min-w-0 flex-col max-700:snap-start ${newGroup ? 'border-l-4 border-l-canvas' : 'border-l first:border-l-0'}`}
      data-role={role}
      data-system={lane.manifest.id}
      data-consumer={consumerName}
    >
      <PaneHead
        lane={lane}
        consumerId={consumerId}
        consumerName={consumerName}
        plugged={plugged}
        aimed={aimed}
        live={live}
        verbs={verbs}
        onSettle={onSettle}
      />
      <SettleForbidden value={why}>
        <PaneLog
          lane={lane}
          consumerId={consumerId}
          consumerName={consumerName}
          ghost={ghost}
          onSettle={onSettle}
        />
      </SettleForbidden>
      <FailingRecords lane={lane} consumerId={consumerId} verbs={verbs} forbidden={why} />
      <PaneFoot lane={lane} consumerId={consumerId} consumerName={consumerName} />
    </article>
  )
})
