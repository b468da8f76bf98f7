import type { KeptView } from '#lib/ledger/model/trace-views.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { keptWords, type LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { keptSentence, keptWord } from '../words/kept.ts'

/** What the broker still keeps of one message. */
export function KeptCell({ kept, lane }: { kept: KeptView | null; lane: LaneRef }) {
  const words = keptWords(lane)
  const sentence = keptSentence(kept, words)
  return (
    <td
      className="kept"
      data-kept={kept?.where}
      title={sentence || undefined}
      aria-label={sentence || undefined}
    >
      {keptWord(kept, words)}
    </td>
  )
}

/** How many messages the broker has on a destination now, and what that number counts; null where it does not say. */
export function keptNow(facts: Facts): { count: number; counts: 'kept' | 'waiting' } | null {
  switch (facts.mode) {
    case 'queue':
      if (facts.partitions.length > 0) return { count: between(facts.partitions), counts: 'kept' }
      return facts.ready === null ? null : { count: facts.ready + (facts.unacked ?? 0), counts: 'waiting' }
    case 'log':
      return { count: between(facts.partitions), counts: 'kept' }
    case 'fanout': {
      if (facts.partitions !== null) return null
      const count = facts.waiting.reduce((sum, { messages }) => sum + (messages ?? 0), 0)
      return { count, counts: facts.waiting.length === 0 ? 'kept' : 'waiting' }
    }
    default:
      return unreachable(facts)
  }
}

const between = (partitions: ReadonlyArray<{ low: string; end: string }>): number =>
  partitions.reduce((sum, { low, end }) => sum + Number(end) - Number(low), 0)

/** The same in the table's foot. */
export function KeptNow({ facts, className }: { facts: Facts | undefined; className: string }) {
  const now = facts && keptNow(facts)
  return (
    <td className={className} data-part="kept-now">
      {now && (
        <>
          <b className="fs-lg font-strong text-ink">{formatCount(now.count)}</b>
          <small className="block fs-xs leading-3.5">{now.counts}</small>
        </>
      )}
    </td>
  )
}
