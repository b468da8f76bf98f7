'use client'

import type { Drawing } from '#lib/brokers/contract.ts'
import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { outsideWords, slowestWords, waitingSum } from '../words/facts.ts'
import { ChannelFigure } from './channel-figure.tsx'
import { type Counter, Counts } from './counts.tsx'
import { KeepFoot } from './keep-foot.tsx'

interface ChannelKeepProps {
  lane: LaneRef
  view: DestinationView
  facts: FanoutFacts
  trace: TraceView
}

/** How many the broker said heard the traced message; null while it has not said. */
function heardBy({ receipt }: TraceView): number | null {
  if (receipt?.state === 'published') return receipt.heardBy
  return receipt?.state === 'unheard' ? 0 : null
}

const KEEPS: Record<Drawing['store'], string> = {
  wire: 'Keeps nothing',
  queue: 'One line for all',
  queues: 'A queue for each',
  log: 'One log for all',
}

/** A wire stores nothing. Elsewhere messages wait for each consumer: in its own queue, or in the log beyond its position. */
function thirdCounter(lane: LaneRef, facts: FanoutFacts): Counter {
  const { store } = lane.modeManifest.drawing
  if (store === 'wire') return { key: 'stored', label: 'stored', value: 0, keeps: lane }
  return {
    key: 'waiting',
    keeps: lane,
    label: store === 'log' ? 'not read yet' : 'waiting',
    value: waitingSum(facts),
  }
}

/** The one thing about listeners worth saying: who is slow, who is outside, or what being away means. */
function Note({ lane, facts }: { lane: LaneRef; facts: FanoutFacts }) {
  const loud = slowestWords(facts) ?? outsideWords(facts.outside)
  if (loud) return <b>{loud}</b>
  return lane.modeManifest.can.keepsForAbsent ? null : (
    <span className="max-1440:hidden inspecting:hidden present:hidden">Away means missed</span>
  )
}

/** A channel or an exchange: who listens now, how many passed through, and what is kept for whom. */
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
          thirdCounter(lane, facts),
        ]}
      />
      <ChannelFigure
        number={isHere ? number : null}
        heard={heard}
        subscribers={facts.subscribers}
        outside={facts.outside}
        names={view.consumers
          .filter(({ state, role }) => role === undefined && (state === 'attached' || state === 'paused'))
          .map(({ name }) => ({ name, plugged: trace.cords.has(name) }))}
        traced={isHere}
      />
      <KeepFoot lines={2}>
        {heard === null ? (
          <span>{KEEPS[lane.modeManifest.drawing.store]}</span>
        ) : (
          <code>
            {lane.modeManifest.publishCommand} {view.destination.address} → {heard}
          </code>
        )}
        <Note lane={lane} facts={facts} />
      </KeepFoot>
    </>
  )
}
