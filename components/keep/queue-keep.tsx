'use client'

import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryView, DestinationView } from '#lib/ledger/model/views.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { outsideWords, unackedAgeWords } from '../words/facts.ts'
import { type Counter, Counts } from './counts.tsx'
import { KeepFoot } from './keep-foot.tsx'
import { LogFigure } from './log-figure.tsx'
import { keptIn, sharedMark } from './marks-of-facts.ts'
import { QueueFigure, type Tray } from './queue-figure.tsx'
import { tracedPlace } from './traced-place.ts'

interface QueueKeepProps {
  lane: LaneRef
  view: DestinationView
  facts: QueueFacts
  trace: TraceView
  /** The partition that what is being written is going to. */
  aimedAt: number | null
}

const isHeld = ({ state }: DeliveryView) => state === 'in-hand'

/** What the tray shows: the traced message when somebody holds it, else how many are out. */
function trayOf(trace: TraceView, number: number | null, facts: QueueFacts): Tray {
  const holder = [...trace.cords.values()].find(isHeld)
  if (holder) return { kind: 'traced', number, holder: holder.consumer }
  return facts.unacked ? { kind: 'others', count: facts.unacked } : { kind: 'empty' }
}

/** A place for dead letters is worth a counter; how many consumers there are can be seen beside it. */
function thirdCounter({ deadLetters, consumers }: QueueFacts, consumerNoun: string): Counter {
  return deadLetters
    ? { key: 'dead', label: 'dead letters', value: deadLetters.ready, bad: true }
    : { key: 'consumers', label: `${consumerNoun}s`, value: consumers }
}

function countersOf(facts: QueueFacts, lane: LaneRef): Counter[] {
  const isShare = facts.partitions.length > 0
  const ready = { key: 'ready', label: 'ready', value: facts.ready, ...(isShare ? {} : { keeps: lane }) }
  // A share of a log is read, not handed out: nothing of it is ever unacked.
  const second = isShare
    ? { key: 'kept', label: 'kept', value: keptIn(facts.partitions), keeps: lane }
    : { key: 'unacked', label: 'unacked', value: facts.unacked, note: unackedAgeWords(facts) }
  return [ready, second, thirdCounter(facts, lane.modeManifest.consumerNoun)]
}

/** The counts that the mode has, and who else is there. */
function Foot({ lane, view, facts }: Pick<QueueKeepProps, 'lane' | 'view' | 'facts'>) {
  const { counts } = view
  const outside = outsideWords(facts.outside)
  const isShare = facts.partitions.length > 0
  return (
    <KeepFoot columns>
      <span>{formatCount(counts.published)} in</span>
      {isShare ? (
        <span>Triangle: what {lane.modeManifest.consumerNoun}s committed</span>
      ) : (
        <span>{formatCount(counts.acknowledged)} acked</span>
      )}
      {outside && <b>{outside}</b>}
      {!outside && !isShare && <span>{formatCount(counts.redelivered)} redelivered</span>}
    </KeepFoot>
  )
}

/** A queue: what is ready, what is in hand and not settled, and who shares it. */
export function QueueKeep({ lane, view, facts, trace, aimedAt }: QueueKeepProps) {
  useSlice(({ views, trace: { messageId } }) => views.message(messageId ?? '')?.number)
  const feed = useFeed()
  const number = feed.views.message(feed.trace.messageId ?? '')?.number ?? null
  const { consumerNoun } = lane.modeManifest
  return (
    <>
      <Counts counters={countersOf(facts, lane)} />
      {facts.partitions.length > 0 ? (
        <LogFigure
          partitions={facts.partitions}
          groups={[sharedMark(facts, `${consumerNoun}s`)]}
          traced={tracedPlace(trace, facts.partitions)}
          aimedAt={aimedAt}
        />
      ) : (
        <QueueFigure
          ready={facts.ready}
          tray={trayOf(trace, number, facts)}
          waiting={trace.verdict.kind === 'stored' ? number : null}
        />
      )}
      <Foot lane={lane} view={view} facts={facts} />
    </>
  )
}
