'use client'

import type { LaneTraceView, LaneView } from '#lib/ledger/views.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import { useFeed, useSlice } from '../feed-context.tsx'
import type { LaneRef } from '../lane/lane-ref.ts'
import { ChannelFigure } from './channel-figure.tsx'
import { Counts } from './counts.tsx'

interface ChannelKeepProps {
  lane: LaneRef
  view: LaneView
  facts: FanoutFacts
  trace: LaneTraceView
}

/** How many the broker said heard the traced message; null while it has not said. */
function heardBy({ receipt }: LaneTraceView): number | null {
  if (receipt?.state === 'published') return receipt.heardBy
  return receipt?.state === 'unheard' ? 0 : null
}

/** A channel: who listens now, how many passed through, and that nothing is kept. */
export function ChannelKeep({ lane, view, facts, trace }: ChannelKeepProps) {
  useSlice(({ views, trace: { messageId } }) => views.message(messageId ?? '')?.number)
  const feed = useFeed()
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  const heard = heardBy(trace)
  const isHere = trace.receipt !== null
  return (
    <>
      <Counts
        counters={[
          { key: 'listening', label: 'listening now', value: facts.subscribers },
          { key: 'published', label: 'published', value: view.counts.published + view.counts.unheard },
          { key: 'stored', label: 'stored', value: 0 },
        ]}
      />
      <ChannelFigure
        number={isHere ? number : null}
        heard={heard}
        subscribers={facts.subscribers}
        names={view.consumers
          .filter(({ state }) => state === 'attached' || state === 'paused')
          .map(({ name }) => ({ name, plugged: trace.cords.has(name) }))}
        traced={isHere}
      />
      <p className="keep-foot">
        {heard === null ? (
          <span>Keeps nothing</span>
        ) : (
          <code>
            {lane.modeManifest.publishCommand} {view.destination.address} → {heard}
          </code>
        )}
        <span className="only-desk">Away means missed</span>
      </p>
    </>
  )
}
