'use client'

import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { LogFacts } from '#lib/protocol/facts.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { outsideCount, outsideWords } from '../words/facts.ts'
import { type Counter, Counts } from './counts.tsx'
import { GroupMark } from './group-mark.tsx'
import { KeepFoot } from './keep-foot.tsx'
import { LogFigure } from './log-figure.tsx'
import { keptIn, type Marked, markedIn } from './marks-of-facts.ts'
import { tracedPlace } from './traced-place.ts'

/** Groups and readers that have a mark of their own on the strips; further ones are listed. */
const MARKED = 3
/** Counters beside "kept". */
const COUNTED = 2

function lagCounter({ name, lag }: Marked, index: number): Counter {
  return {
    key: name,
    value: lag,
    label: (
      <>
        <GroupMark index={index} /> {name} lag
      </>
    ),
  }
}

function footWords({ can, consumerNoun }: LaneRef['modeManifest'], marked: readonly Marked[]): string {
  const further = marked.slice(COUNTED)
  if (marked.length === 0) return `No ${consumerNoun} has a place here yet`
  if (further.length === 0) {
    return can.commit ? 'Triangles: committed offsets' : `Triangles: where each ${consumerNoun} reads`
  }
  return further.map(({ name, lag }) => `${name} lag ${lag === null ? '?' : formatCount(lag)}`).join(', ')
}

interface LogKeepProps {
  lane: LaneRef
  facts: LogFacts
  trace: TraceView
  /** The partition that what is being written is going to. */
  aimedAt: number | null
}

/** A log: what each partition holds, and how far each group has committed or each reader has read. */
export function LogKeep({ lane, facts, trace, aimedAt }: LogKeepProps) {
  const marked = markedIn(facts)
  const outside = outsideWords(outsideCount(facts))
  return (
    <>
      <Counts
        counters={[
          { key: ' kept', label: 'kept', value: keptIn(facts.partitions), keeps: lane },
          ...marked.slice(0, COUNTED).map(lagCounter),
        ]}
      />
      <LogFigure
        partitions={facts.partitions}
        groups={marked.slice(0, MARKED)}
        traced={tracedPlace(trace, facts.partitions)}
        aimedAt={aimedAt}
      />
      <KeepFoot>
        <span>{footWords(lane.modeManifest, marked)}</span>
        {outside && <b>{outside}</b>}
      </KeepFoot>
    </>
  )
}
