'use client'

import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { tracedPlace } from '../keep/traced-place.ts'
import { hueStyle } from '../ui/look.ts'
import { logAccount, waitingFor } from './account.ts'
import { Entry } from './entry.tsx'
import { LogStore } from './log-store.tsx'
import type { LanePlan } from './plan.ts'
import { QueueStore, QueuesStore, WireStore } from './stores.tsx'

interface LaneStillProps {
  lane: LanePlan
  view: DestinationView | undefined
  trace: TraceView
}

function Store({ lane, view, trace }: LaneStillProps) {
  const { store } = lane
  const facts = view?.facts?.facts
  switch (store.kind) {
    case 'queue': {
      const count = facts?.mode === 'queue' ? facts.ready : null
      return <QueueStore plan={store} waiting={{ count, traced: trace.verdict.kind === 'stored' }} />
    }
    case 'queues':
      return <QueuesStore plan={store} waitingFor={(consumer) => waitingFor(facts, consumer)} />
    case 'wire':
      return <WireStore plan={store} />
    case 'log': {
      const { partitions, groups } = logAccount(facts)
      const traced = tracedPlace(trace, partitions)
      return <LogStore plan={store} partitions={partitions} groups={groups} traced={traced} />
    }
    default:
      return unreachable(store)
  }
}

/** What stands in a lane's box and is drawn: where messages come in and where they are kept. */
export const LaneStill = (props: LaneStillProps) => (
  <g style={hueStyle(props.lane.lane.ref.manifest)}>
    <Store {...props} />
    <Entry lane={props.lane} />
    {props.lane.deadLetters && <rect className="flow-dead" rx="6" {...props.lane.deadLetters} />}
  </g>
)
