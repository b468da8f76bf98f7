'use client'

import { useState } from 'react'
import type { PaneView } from '#lib/ledger/model/views.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { createRate, rateAt } from '../feed/rate.ts'
import { useNow } from '../feed/use-now.ts'
import { Chip } from '../ui/chip.tsx'
import { Explained } from '../ui/explained.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { useTick } from '../ui/use-tick.ts'
import { holdingReason, paneStateWords } from '../words/states.ts'
import { PaneControls } from './controls.tsx'
import { jackLook } from './jack.ts'
import type { Settle } from './settle.tsx'
import { settlesByHand, UnackedTray } from './unacked-tray.tsx'
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
  return (
    <span
      className="flex max-700:col-start-2 max-700:row-start-2 max-700:justify-self-end"
      data-rate={perSecond}
    >
      <Chip>+{formatCount(perSecond)}/s</Chip>
    </span>
  )
}

interface StateProps {
  pane: PaneView
  lane: LaneRef
}

function StateWords({ pane, lane }: StateProps) {
  const { consumer } = pane
  const now = useNow(consumer.state === 'crashed')
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
  const { whenFrozen, can } = lane.modeManifest
  const reason = consumer.fault?.kind === 'freeze' ? whenFrozen : holdingReason(pane, can)
  return (
    <span
      className={`min-w-0 flex-[1_1_0] overflow-hidden text-ellipsis fs-xs max-700:col-start-2 max-700:row-start-2 max-700:in-[header:has([data-rate])]:pr-18 ${settlesByHand(pane) ? '@max-narrow/pane:hidden' : ''} ${consumer.state === 'crashed' || consumer.fault ? 'text-bad' : 'text-ink-2'}`}
      title={words}
      data-part="state"
    >
      {reason === null ? words : <Explained text={reason}>{words}</Explained>}
    </span>
  )
}

/** On a phone the state stands under the name, and the jack beside both. */
export const PANE_HEAD =
  'relative flex h-pane-head flex-none items-center gap-x-2 whitespace-nowrap border-b pr-2 pl-4 max-700:grid max-700:h-14 max-700:grid-cols-[auto_minmax(0,1fr)_auto] max-700:content-center max-700:pr-0 @max-narrow/pane:gap-x-1.5 @max-narrow/pane:pl-3 min-700:@max-narrow/pane:pr-1'
export const PANE_NAME =
  'min-w-8 overflow-hidden text-ellipsis font-strong text-md stale:text-ink-2 max-700:col-start-2 max-700:row-start-1 present:text-[19px]'

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
    <header className={`${PANE_HEAD} ${role === undefined ? '' : 'bg-bad-tint'}`}>
      {role === undefined ? (
        <i
          className={`${jackLook(state, plugged, live)} max-700:row-span-2 ${aimed ? 'outline-2 outline-hue outline-offset-2 outline-dashed' : ''}`}
          data-jack={consumerName}
          aria-hidden="true"
        />
      ) : (
        <Icon name="dead" className="text-bad max-700:row-span-2" />
      )}
      <h3 className={PANE_NAME} title={consumerName}>
        {consumerName}
      </h3>
      {aimed && (
        <Chip className="text-hue shadow-[inset_0_0_0_1px_var(--hue-line)] max-700:hidden">goes here</Chip>
      )}
      {pane && <StateWords pane={pane} lane={lane} />}
      <RateChip consumerId={consumerId} />
      {pane && (
        <Permitted command="consumer:command" consumer={pane.consumer}>
          <UnackedTray pane={pane} onSettle={onSettle} />
          <PaneControls lane={lane} pane={pane} verbs={verbs} />
        </Permitted>
      )}
    </header>
  )
}
