'use client'

import { createContext, useContext } from 'react'
import { SETTLE_VERBS, type SettleVerb } from '#lib/protocol/command-schemas.ts'
import { Button } from '../ui/button.tsx'
import { Forbidden } from '../ui/forbidden.tsx'
import { formatNumber } from '../ui/format.ts'
import { VERB_LABEL, VERB_MEANS } from '../words/settle.ts'

/** On the traced row a button takes that row's colours, also under the pointer. */
const ACK_ON_TRACE =
  'in-data-[traced=true]:border-on-signal-row in-data-[traced=true]:bg-on-signal-row in-data-[traced=true]:text-signal-row in-data-[traced=true]:not-disabled:hover:bg-on-signal-row'
const OTHER_ON_TRACE =
  'in-data-[traced=true]:border-on-signal-row in-data-[traced=true]:bg-transparent in-data-[traced=true]:text-on-signal-row in-data-[traced=true]:not-disabled:hover:bg-transparent'

/** Why the deliveries of a pane are not this person's to settle; undefined where they are. */
export const SettleForbidden = createContext<string | undefined>(undefined)

export type Settle = (delivery: number, verb: SettleVerb) => void

interface SettleButtonsProps {
  number: number | null
  delivery: number
  onSettle: Settle
  className?: string
}

/** What a person decides about one delivery in hand: done, back to the queue, or never again. */
export const SettleButtons = ({ number, delivery, onSettle, className = '' }: SettleButtonsProps) => (
  <span className={`inline-flex flex-none gap-1 ${className}`} data-part="settle">
    <Forbidden why={useContext(SettleForbidden)}>
      {SETTLE_VERBS.map((verb) => (
        <Button
          key={verb}
          look={verb === 'ack' ? 'solid' : 'plain'}
          size="tight"
          className={verb === 'ack' ? ACK_ON_TRACE : OTHER_ON_TRACE}
          aria-label={`${VERB_LABEL[verb]} ${formatNumber(number)}`}
          title={VERB_MEANS[verb]}
          onClick={() => onSettle(delivery, verb)}
        >
          {VERB_LABEL[verb]}
        </Button>
      ))}
    </Forbidden>
  </span>
)
