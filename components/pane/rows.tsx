'use client'

import { memo } from 'react'
import type { PaneRow } from '#lib/ledger/model/views.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatLatency, formatTime } from '../ui/format.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { happeningWords } from '../words/states.ts'
import { Badges } from './badges.tsx'
import { DeathNote } from './death-note.tsx'
import { type Settle, SettleButtons } from './settle.tsx'

/** A row shows this much of a text; the traced row shows all of it. */
const ROW_TEXT_CHARS = 400
/** The most of a text that is ever put on the page: an outside body may be far longer than ours. */
const FULL_TEXT_CHARS = 16_384

/** JSON, markup and the like read better in the fixed face. */
const looksLikeCode = (text: string) => /^\s*[[{<]/.test(text)

function shownText(text: string, full: boolean): string {
  const limit = full ? FULL_TEXT_CHARS : ROW_TEXT_CHARS
  return text.length > limit ? `${text.slice(0, limit)}…` : text
}

type DeliveryPaneRow = Extract<PaneRow, { type: 'delivery' }>

function Text({ row, full }: { row: DeliveryPaneRow; full: boolean }) {
  const { text, sender, bytes } = row.message
  const body = text === null ? '…' : shownText(text, full)
  return (
    <p className="text">
      {sender !== null && <b>{sender}</b>}
      {bytes !== null || looksLikeCode(body) ? <code>{body}</code> : body}
    </p>
  )
}

/** It does not have the message any more: the number stays marked, the row is not. */
const isPassing = ({ state }: DeliveryPaneRow['delivery']) => state === 'lost' || state === 'requeued'

interface DeliveryRowProps {
  row: DeliveryPaneRow
  traced: boolean
  byHand: Settle | null
  /** The system among whose dead letters it lies: its row says why. */
  dead: SystemId | null
}

function rowLook({ row, traced, byHand }: DeliveryRowProps): string {
  if (traced && !isPassing(row.delivery)) return 'row traced'
  return byHand && row.delivery.state === 'in-hand' ? 'row handed' : 'row'
}

/** One arrival: its number, who wrote it, what, where it stands, when, and how long it took. */
const DeliveryRow = memo(function DeliveryRow({ row, traced, byHand, dead }: DeliveryRowProps) {
  const { message, delivery } = row
  const number = message.number === null ? '#…' : `#${message.number}`
  return (
    <div
      className={rowLook({ row, traced, byHand, dead })}
      data-message-id={message.messageId}
      data-row={row.key}
    >
      <button
        type="button"
        className={traced ? 'tag on' : 'tag'}
        tabIndex={-1}
        aria-pressed={traced}
        title={traced ? `Release ${number} (Esc)` : `Follow ${number} in every lane`}
      >
        {number}
      </button>
      <Text row={row} full={traced} />
      <Badges delivery={delivery} outside={message.outside} bytes={message.bytes !== null} />
      <time className="time" dateTime={new Date(delivery.at).toISOString()}>
        {formatTime(delivery.at)}
      </time>
      <span className="lat">{delivery.latencyMs === null ? '' : formatLatency(delivery.latencyMs)}</span>
      {dead && <DeathNote messageId={message.messageId} system={dead} />}
      {byHand && delivery.state === 'in-hand' && (
        <SettleButtons number={message.number} delivery={delivery.delivery} onSettle={byHand} />
      )}
    </div>
  )
})

const HAPPENING_ICON: Record<Exclude<PaneRow['type'], 'delivery'>, IconName> = {
  state: 'user',
  gap: 'away',
  assignment: 'share-out',
}

interface HappeningProps {
  row: Exclude<PaneRow, { type: 'delivery' }>
  lane: LaneRef
  consumerName: string
}

/** Something that happened to the consumer itself. */
const HappeningRow = memo(function HappeningRow({ row, lane, consumerName }: HappeningProps) {
  const { manifest, modeManifest } = lane
  const words = happeningWords(row, consumerName, {
    label: manifest.label,
    keepsForAbsent: modeManifest.can.keepsForAbsent,
    settles: modeManifest.can.settle,
    noticedAfterMs: manifest.crashNoticedAfterMs,
  })
  if (words === null) return <div className="sys none" data-row={row.key} />
  const isCrash = row.type === 'state' && row.event.now.state === 'crashed'
  return (
    <div className={isCrash ? 'sys bad' : 'sys'} data-row={row.key}>
      <Icon name={isCrash ? 'crash' : HAPPENING_ICON[row.type]} />
      <span>
        {words} <time dateTime={new Date(row.at).toISOString()}>{formatTime(row.at)}</time>
      </span>
    </div>
  )
})

interface RowProps {
  row: PaneRow
  traced: boolean
  lane: LaneRef
  consumerName: string
  byHand: Settle | null
  dead: SystemId | null
}

export const Row = ({ row, traced, lane, consumerName, byHand, dead }: RowProps) =>
  row.type === 'delivery' ? (
    <DeliveryRow row={row} traced={traced} byHand={byHand} dead={dead} />
  ) : (
    <HappeningRow row={row} lane={lane} consumerName={consumerName} />
  )
