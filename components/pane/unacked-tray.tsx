'use client'

import type { PaneView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { BoxTitle, Hint } from '../ui/box-text.tsx'
import { formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'
import { type Settle, SettleButtons } from './settle.tsx'

/** A consumer that decides about each delivery by hand. */
export const settlesByHand = ({ consumer }: Pick<PaneView, 'consumer'>): boolean =>
  consumer.settings.ackMode === 'manual' && consumer.role === undefined

/** Rows of the tray; more wait behind them. */
const SHOWN = 20

function UnackedList({ pane, onSettle }: { pane: PaneView; onSettle: Settle }) {
  const { views } = useFeed()
  const shown = pane.inHand.slice(0, SHOWN)
  return (
    <>
      <BoxTitle>Unacked at {pane.consumer.name}</BoxTitle>
      <ul className="grid gap-2" aria-label={`Unacked at ${pane.consumer.name}`}>
        {shown.map(({ delivery, messageId }) => {
          const message = views.message(messageId)
          return (
            <li key={delivery} className="flex min-w-0 items-center gap-2">
              <Tag number={message?.number ?? null} look="gone" />
              <span className="min-w-0 flex-1 overflow-hidden text-ellipsis whitespace-nowrap fs-sm">
                {bodyWords(message)}
              </span>
              <SettleButtons number={message?.number ?? null} delivery={delivery} onSettle={onSettle} />
            </li>
          )
        })}
      </ul>
      {pane.inHand.length > SHOWN && (
        <Hint>and {formatCount(pane.inHand.length - SHOWN)} more after these</Hint>
      )}
      {pane.inHand.length === 0 && <Hint>Nothing is unacked now.</Hint>}
    </>
  )
}

/** What a consumer holds unsettled, and the buttons to settle it, whatever has scrolled away. */
export function UnackedTray({ pane, onSettle }: { pane: PaneView; onSettle: Settle }) {
  if (!settlesByHand(pane)) return null
  const { inHand, consumer } = pane
  const first = inHand[0]
  return (
    <Popover
      buttonStyle={{
        look: 'dashed',
        size: 'tight',
        className:
          'max-700:col-start-2 max-700:row-start-2 max-700:h-6 max-700:min-h-0! max-700:justify-self-start',
      }}
      className="w-105"
      label={`${formatCount(inHand.length)} unacked at ${consumer.name}`}
      title="What it was handed and has not settled yet"
      align="end"
      disabled={first === undefined}
      button={
        <>
          {formatCount(inHand.length)}
          <span className="min-700:@max-tiny/pane:hidden">unacked</span>
          <Icon name="down" className="-mr-1 size-3.5" />
        </>
      }
    >
      {() => <UnackedList pane={pane} onSettle={onSettle} />}
    </Popover>
  )
}
