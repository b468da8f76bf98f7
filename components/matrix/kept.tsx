import type { KeptView } from '#lib/ledger/model/trace-views.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { KeptFigure } from '../browse/kept-figure.tsx'
import { keptWords, type LaneRef } from '../feed/lane-ref.ts'
import { keptNow } from '../keep/kept-now.ts'
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

interface KeptNowProps {
  lane: LaneRef
  facts: Facts | undefined
  className: string
}

/** How many messages the broker has now, in the table's foot; the number opens them. */
export function KeptNow({ lane, facts, className }: KeptNowProps) {
  const now = facts && keptNow(facts)
  return (
    <td className={className} data-part="kept-now">
      {now && (
        <>
          <b className="fs-lg font-strong text-ink">
            <KeptFigure lane={lane}>{formatCount(now.count)}</KeptFigure>
          </b>
          <small className="block fs-xs leading-3.5">{now.counts}</small>
        </>
      )}
    </td>
  )
}
