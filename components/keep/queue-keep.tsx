'use client'

import type { DeliveryView, LaneTraceView, LaneView } from '#lib/ledger/views.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import type { LaneRef } from '../lane/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { Counts } from './counts.tsx'
import { QueueFigure, type Tray } from './queue-figure.tsx'

interface QueueKeepProps {
  lane: LaneRef
  view: LaneView
  facts: QueueFacts
  trace: LaneTraceView
}

const isHeld = ({ state }: DeliveryView) => state === 'in-hand'

/** What the tray shows: the traced message when somebody holds it, else how many are out. */
function trayOf(trace: LaneTraceView, number: number | null, facts: QueueFacts): Tray {
  const holder = [...trace.cords.values()].find(isHeld)
  if (holder) return { kind: 'traced', number, holder: holder.consumer }
  return facts.unacked ? { kind: 'others', count: facts.unacked } : { kind: 'empty' }
}

/** A queue: what is ready, what is in hand and not settled, and who shares it. */
export function QueueKeep({ lane, view, facts, trace }: QueueKeepProps) {
  useSlice(({ views, trace: { messageId } }) => views.message(messageId ?? '')?.number)
  const feed = useFeed()
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  const { counts } = view
  return (
    <>
      <Counts
        counters={[
          { key: 'ready', label: 'ready', value: facts.ready },
          { key: 'unacked', label: 'unacked', value: facts.unacked },
          { key: 'consumers', label: `${lane.modeManifest.consumerNoun}s`, value: facts.consumers },
        ]}
      />
      <QueueFigure
        ready={facts.ready}
        tray={trayOf(trace, number, facts)}
        waiting={trace.verdict.kind === 'stored' ? number : null}
      />
      <p className="keep-foot">
        <span>{formatCount(counts.published)} in</span>
        <span>{formatCount(counts.acknowledged)} acked</span>
        <span>{formatCount(counts.redelivered)} redelivered</span>
      </p>
    </>
  )
}
