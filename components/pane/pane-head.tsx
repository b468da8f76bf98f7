'use client'

import { useState } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { createRate, rateAt } from '../feed/rate.ts'
import { useMoment } from '../feed/use-now.ts'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { useTick } from '../ui/use-tick.ts'
import { paneStateWords } from '../words/states.ts'
import { PaneControls } from './controls.tsx'
import { InHandTray } from './in-hand.tsx'
import { jackLook } from './jack.ts'
import type { Settle } from './settle.tsx'
import type { Verbs } from './use-verbs.ts'

/** From here on a pane counts instead of moving, arrivals a second. */
const CHIP_FROM_PER_SECOND = 5

/** When it crashed, as far as the pane still holds that row. */
function crashedAt({ consumer, rows }: PaneView): number | null {
  if (consumer.state !== 'crashed') return null
  const row = rows.findLast((one) => one.type === 'state' && one.event.now.state === 'crashed')
  return row?.type === 'state' ? row.at : null
}

/** Arrivals in the last second, looked at a few times a second; in a recording, in the second before the moment shown. */
function RateChip({ consumerId }: { consumerId: string }) {
  const isRecorded = useFeed().recorded === true
  const [rate] = useState(createRate)
  const perSecond = useSlice(({ views }) => {
    const pane = views.pane(consumerId)
    if (isRecorded) return pane ? rateAt(pane.rows, pane.dropped, views.lastAt) : 0
    return rate.sample(pane?.arrivals ?? 0, performance.now())
  }, 'calm')
  useTick(perSecond > CHIP_FROM_PER_SECOND && !isRecorded)
  if (perSecond <= CHIP_FROM_PER_SECOND) return null
  return <span className="chip">+{formatCount(perSecond)}/s</span>
}

interface StateProps {
  pane: PaneView
  lane: LaneRef
}

function StateWords({ pane, lane }: StateProps) {
  const { consumer } = pane
  const now = useMoment(consumer.state === 'crashed')
  const group = consumer.group
  const { views } = useFeed()
  const rebalancing =
    group !== undefined &&
    (views.destination(lane.manifest.id, lane.destination)?.rebalancing.has(group) ?? false)
  const words = paneStateWords({
    pane,
    can: lane.modeManifest.can,
    destination: lane.destination,
    holding:
      pane.inHand.length === 1 ? (views.message(pane.inHand[0]?.messageId ?? '')?.number ?? null) : null,
    rebalancing,
    crashedAt: crashedAt(pane),
    now,
  })
  return (
    <span className={consumer.state === 'crashed' ? 'state bad-word' : 'state'} title={words}>
      {words}
    </span>
  )
}

interface PaneHeadProps {
  lane: LaneRef
  consumerId: string
  consumerName: string
  plugged: boolean
  /** What is being written is going to go here. */
  aimed: boolean
  live: boolean
  verbs: Verbs
  onSettle: Settle
}

/** Who this consumer is, how it stands, and what one can do to it. */
export function PaneHead(props: PaneHeadProps) {
  const { lane, consumerId, consumerName, plugged, aimed, live, verbs, onSettle } = props
  useSlice(({ views }) => views.pane(consumerId)?.version, 'calm')
  useSlice(({ views }) => JSON.stringify(views.pane(consumerId)?.consumer.settings))
  const state = useSlice(({ views }) => views.pane(consumerId)?.consumer.state) ?? 'attaching'
  useSlice(({ views }) => views.destination(lane.manifest.id, lane.destination)?.rebalancing.size)
  const pane = useFeed().views.pane(consumerId)
  const role = pane?.consumer.role
  return (
    <header className="pane-head">
      {role === undefined ? (
        <i
          className={aimed ? `${jackLook(state, plugged, live)} aimed` : jackLook(state, plugged, live)}
          data-jack={consumerName}
          aria-hidden="true"
        />
      ) : (
        <Icon name="dead" />
      )}
      <h3>{consumerName}</h3>
      {aimed && <span className="chip aim-chip">goes here</span>}
      {pane && <StateWords pane={pane} lane={lane} />}
      <RateChip consumerId={consumerId} />
      {pane && <InHandTray pane={pane} onSettle={onSettle} />}
      {pane && <PaneControls lane={lane} pane={pane} verbs={verbs} />}
    </header>
  )
}
