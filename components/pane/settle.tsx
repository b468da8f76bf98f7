'use client'

import { SETTLE_VERBS, type SettleVerb } from '#lib/protocol/commands.ts'
import { formatNumber } from '../ui/format.ts'
import { VERB_LABEL, VERB_MEANS } from '../words/settle.ts'

export type Settle = (delivery: number, verb: SettleVerb) => void

interface SettleButtonsProps {
  number: number | null
  delivery: number
  onSettle: Settle
}

/** What a person decides about one delivery in hand: done, back to the queue, or never again. */
export const SettleButtons = ({ number, delivery, onSettle }: SettleButtonsProps) => (
  <span className="settle">
    {SETTLE_VERBS.map((verb) => (
      <button
        key={verb}
        type="button"
        className={verb === 'ack' ? 'btn sm solid' : 'btn sm'}
        aria-label={`${VERB_LABEL[verb]} ${formatNumber(number)}`}
        title={VERB_MEANS[verb]}
        onClick={() => onSettle(delivery, verb)}
      >
        {VERB_LABEL[verb]}
      </button>
    ))}
  </span>
)
