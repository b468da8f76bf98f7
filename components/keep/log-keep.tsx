'use client'

import type { LaneTraceView } from '#lib/ledger/views.ts'
import type { GroupFacts, LogFacts } from '#lib/protocol/facts.ts'
import { formatCount } from '../ui/format.ts'
import { type Counter, Counts } from './counts.tsx'
import { GroupMark } from './group-mark.tsx'
import { LogFigure } from './log-figure.tsx'

/** Groups that have a mark of their own on the strips; further ones are listed. */
const MARKED_GROUPS = 3
/** Group counters beside "kept". */
const COUNTED_GROUPS = 2

const keptIn = (facts: LogFacts): number =>
  facts.partitions.reduce((sum, { low, end }) => sum + Number(end) - Number(low), 0)

/** Groups keep the order of the facts, so that a mark keeps its meaning. */
function lagCounter(group: GroupFacts, index: number): Counter {
  return {
    key: group.group,
    value: group.lag,
    label: (
      <>
        <GroupMark index={index} /> {group.group} lag
      </>
    ),
  }
}

/** Where the traced record lies, from the receipt or from whoever read it first. */
function tracedAt({ receipt, cords }: LaneTraceView): { partition: number; offset: number } | null {
  const fromReceipt = receipt?.state === 'published' ? receipt.address : null
  const address = fromReceipt ?? [...cords.values()][0]?.address
  return address?.kind === 'offset' ? { partition: address.partition, offset: Number(address.offset) } : null
}

function footWords(groups: readonly GroupFacts[]): string {
  const further = groups.slice(COUNTED_GROUPS)
  if (further.length === 0) return 'Triangles: committed offset of each group'
  return further.map(({ group, lag }) => `${group} lag ${lag === null ? '?' : formatCount(lag)}`).join(', ')
}

/** A log: what each partition holds, and how far each group has committed. */
export function LogKeep({ facts, trace }: { facts: LogFacts; trace: LaneTraceView }) {
  return (
    <>
      <Counts
        counters={[
          { key: ' kept', label: 'kept', value: keptIn(facts) },
          ...facts.groups.slice(0, COUNTED_GROUPS).map(lagCounter),
        ]}
      />
      <LogFigure
        partitions={facts.partitions}
        groups={facts.groups.slice(0, MARKED_GROUPS)}
        traced={tracedAt(trace)}
      />
      <p className="keep-foot">
        <span>{footWords(facts.groups)}</span>
      </p>
    </>
  )
}
