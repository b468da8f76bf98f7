'use client'

import { memo } from 'react'
import type { PaneRow } from '#lib/ledger/model/views.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { shorten } from '#lib/util/cut-text.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { formatLatency, formatTime } from '../ui/format.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { TagButton } from '../ui/tag.tsx'
import { noBodyWord, rowText } from '../words/bodies.ts'
import { isPoisonAt } from '../words/poison.ts'
import { happeningWords } from '../words/states.ts'
import { Badges } from './badges.tsx'
import { DeathNote } from './death-note.tsx'
import type { Happening } from './happenings.ts'
import { type Settle, SettleButtons } from './settle.tsx'

/**
 * Where the parts of a row stand: one line; two where it can be settled; the traced message's whole text. A narrow pane
 * puts the text on a line of its own. While messages pass too fast to read (`data-calm="false"`), every row is one line
 * in places that need no measuring.
 */
const ROW =
  'cursor-pointer items-start whitespace-nowrap px-4 @max-narrow/pane:flex @max-narrow/pane:flex-wrap @max-narrow/pane:items-center @max-narrow/pane:gap-x-2'
const CALM_ROW = `${ROW} grid gap-x-2 py-1 hover:bg-hover [[data-calm]>&]:last:mb-1.5 in-data-[calm=false]:flex in-data-[calm=false]:h-[26px] in-data-[calm=false]:contain-strict @max-narrow/pane:in-data-[calm=false]:h-[42px] @max-narrow/pane:in-data-[calm=false]:content-center`
const TEXT =
  'overflow-hidden wrap-anywhere stale:text-ink-2 @max-narrow/pane:min-w-0 @max-narrow/pane:flex-[1_0_100%]'
const PLAIN_TEXT = `${TEXT} line-clamp-2 whitespace-normal text-sm in-data-[calm=false]:block in-data-[calm=false]:min-w-0 in-data-[calm=false]:flex-[1_1_0] in-data-[calm=false]:text-ellipsis in-data-[calm=false]:whitespace-nowrap @max-narrow/pane:in-data-[calm=false]:flex-[1_0_100%]`
const PLAIN_TAG =
  'in-data-[calm=false]:w-15 in-data-[calm=false]:flex-none @max-narrow/pane:order-1 @max-narrow/pane:h-line-xs @max-narrow/pane:in-data-[calm=false]:w-auto'
const BADGES =
  'flex gap-1.5 @max-narrow/pane:order-2 @max-narrow/pane:min-w-0 @max-narrow/pane:flex-wrap @max-narrow/pane:empty:hidden'
const PLAIN_TIME =
  'text-ink-3 fs-xs leading-sm in-data-[calm=false]:w-15 in-data-[calm=false]:flex-none @max-narrow/pane:order-3 @max-narrow/pane:leading-xs @max-narrow/pane:in-data-[calm=false]:w-auto present:hidden'
const LATENCY = 'min-w-[38px] text-right fs-xs @max-narrow/pane:order-4 @max-narrow/pane:ml-auto'
const PLAIN_LATENCY = `${LATENCY} text-ink-2 leading-sm in-data-[calm=false]:w-14 in-data-[calm=false]:flex-none @max-narrow/pane:leading-xs @max-narrow/pane:in-data-[calm=false]:w-auto`

const LOOKS: Record<Look, Record<'row' | 'tag' | 'text' | 'badges' | 'time' | 'latency', string>> = {
  plain: {
    row: `${CALM_ROW} grid-cols-[minmax(32px,auto)_minmax(0,1fr)_auto_auto_auto]`,
    tag: PLAIN_TAG,
    text: PLAIN_TEXT,
    badges: BADGES,
    time: PLAIN_TIME,
    latency: PLAIN_LATENCY,
  },
  handed: {
    row: `${CALM_ROW} grid-cols-[minmax(32px,auto)_minmax(0,1fr)_auto_auto]`,
    tag: PLAIN_TAG,
    text: PLAIN_TEXT,
    badges: `${BADGES} col-start-2 row-start-2 self-center`,
    time: `${PLAIN_TIME} col-start-3 row-start-1`,
    latency: `${PLAIN_LATENCY} col-start-4 row-start-1`,
  },
  traced: {
    row: `${ROW} grid grid-cols-[auto_auto_minmax(0,1fr)_auto] bg-signal-row py-1.5 text-on-signal-row motion-safe:in-data-[calm=true]:animate-arrive present:py-2 @max-narrow/pane:present:py-1.5`,
    tag: 'col-start-1 row-start-2 mr-2 @max-narrow/pane:order-1 @max-narrow/pane:mr-0',
    text: `${TEXT} col-span-3 col-start-1 row-start-1 max-h-[max(1lh,round(down,min(160px,100cqh-44px),1lh))] overflow-y-auto whitespace-pre-wrap text-md present:text-[20px]/[28px] @max-narrow/pane:present:text-[18px]/[24px]`,
    badges: `${BADGES} col-start-2 row-start-2 mr-2 empty:hidden @max-narrow/pane:mr-0`,
    time: 'col-start-3 row-start-2 text-signal-row-2 fs-xs leading-sm @max-narrow/pane:order-3 @max-narrow/pane:short:present:hidden',
    latency: `${LATENCY} col-start-4 row-start-1 font-strong text-on-signal-row leading-md @max-narrow/pane:leading-sm present:leading-[28px]`,
  },
}

/** A row shows this much of a text; the traced row shows all of it. */
const ROW_TEXT_CHARS = 400
/** The most of a text that is ever put on the page: an outside body may be far longer than ours. */
const FULL_TEXT_CHARS = 16_384
/** The traced row shows so many bytes of a body that is no text. */
const FULL_BYTES = 256

/** JSON, markup and the like read better in the fixed face. */
const looksLikeCode = (text: string) => /^\s*[[{<]/.test(text)

function shownText(text: string, full: boolean): string {
  const limit = full ? FULL_TEXT_CHARS : ROW_TEXT_CHARS
  return shorten(text, limit)
}

type DeliveryPaneRow = Extract<PaneRow, { type: 'delivery' }>

function Text({ row, full, look }: { row: DeliveryPaneRow; full: boolean; look: Look }) {
  const { sender, bytes } = row.message
  const body = shownText(rowText(row.message, full ? FULL_BYTES : undefined), full)
  const none = noBodyWord(row.message)
  return (
    <p className={LOOKS[look].text} data-part="text">
      {sender !== null && (
        <b
          className="mr-[5px] font-strong short:inline-block short:max-w-[12ch] short:truncate short:align-bottom"
          title={sender}
        >
          <bdi>{sender}</bdi>
        </b>
      )}
      {none !== null && <i className="text-ink-2 in-data-[traced=true]:text-signal-row-2">{none}</i>}
      {bytes !== null || looksLikeCode(body) ? <code dir="auto">{body}</code> : <bdi>{body}</bdi>}
    </p>
  )
}

/** The consumer does not have the message any more: of a traced one the number stays marked, the row is not. */
const hasLostIt = ({ state }: DeliveryPaneRow['delivery']) => state === 'lost' || state === 'requeued'

interface DeliveryRowProps {
  row: DeliveryPaneRow
  traced: boolean
  isPoison: boolean
  byHand: Settle | null
  /** The system among whose dead letters it lies: its row says why. */
  dead: SystemId | null
}

type Look = 'plain' | 'handed' | 'traced'

function rowLook({ row, traced, byHand }: Pick<DeliveryRowProps, 'row' | 'traced' | 'byHand'>): Look {
  if (traced && !hasLostIt(row.delivery)) return 'traced'
  return byHand && row.delivery.state === 'in-hand' ? 'handed' : 'plain'
}

/** One arrival: its number, who wrote it, what, where it stands, when, and how long it took. */
const DeliveryRow = memo(function DeliveryRow({ row, traced, isPoison, byHand, dead }: DeliveryRowProps) {
  const { message, delivery } = row
  const number = message.number === null ? '#…' : `#${message.number}`
  const look = rowLook({ row, traced, byHand })
  const looks = LOOKS[look]
  return (
    <div
      className={looks.row}
      data-traced={look === 'traced' || undefined}
      data-message-id={message.messageId}
      data-row={row.key}
    >
      <TagButton
        look={look === 'traced' ? 'on-trace' : traced ? 'traced' : 'plain'}
        size={traced ? 'md' : 'flush'}
        className={looks.tag}
        tabIndex={-1}
        aria-pressed={traced}
        title={traced ? `Release ${number} (Esc)` : `Pin ${number} in every lane`}
      >
        {number}
      </TagButton>
      <Text row={row} full={traced} look={look} />
      <Badges className={looks.badges} delivery={delivery} message={message} isPoison={isPoison} />
      <time className={looks.time} dateTime={new Date(delivery.at).toISOString()}>
        {formatTime(delivery.at)}
      </time>
      <span className={looks.latency}>
        {delivery.latencyMs === null ? '' : formatLatency(delivery.latencyMs)}
      </span>
      {dead && <DeathNote messageId={message.messageId} system={dead} />}
      {byHand && delivery.state === 'in-hand' && (
        <SettleButtons
          className={`justify-self-end @max-narrow/pane:order-5 @max-narrow/pane:flex-[1_0_100%] @max-narrow/pane:justify-end ${look === 'traced' ? 'col-start-4 row-start-2' : 'col-span-2 col-start-3 row-start-2'}`}
          number={message.number}
          delivery={delivery.delivery}
          onSettle={byHand}
        />
      )}
    </div>
  )
})

const HAPPENING_ICON: Record<Happening['type'], IconName> = {
  state: 'user',
  gap: 'away',
  assignment: 'share-out',
}

interface HappeningProps {
  line: readonly Happening[]
  rowKey: string
  lane: LaneRef
  consumerName: string
}

const isCrash = (row: Happening) => row.type === 'state' && row.event.now.state === 'crashed'

/** Happenings that say something, newest first, each with its words. */
function saidOf({ line, lane: { manifest, modeManifest }, consumerName }: HappeningProps) {
  const context = {
    label: manifest.label,
    keepsForAbsent: modeManifest.can.keepsForAbsent,
    settles: modeManifest.can.settle,
    unackedAfterCrash: modeManifest.unackedAfterCrash ?? ('requeued' as const),
    noticedAfterMs: manifest.crashNoticedAfterMs,
  }
  return line.flatMap((row) => {
    const words = happeningWords(row, consumerName, context)
    return words === null ? [] : [{ row, words }]
  })
}

const isSameLine = (a: HappeningProps, b: HappeningProps): boolean =>
  a.rowKey === b.rowKey &&
  a.lane === b.lane &&
  a.consumerName === b.consumerName &&
  a.line.length === b.line.length &&
  a.line.every((row, index) => row === b.line[index])

/** What happened to the consumer itself, the newest first, in one line; a lone crash or gap may take two. */
const HappeningRow = memo(function HappeningRow(props: HappeningProps) {
  const said = saidOf(props)
  const [newest] = said
  if (newest === undefined) return <div className="hidden" data-row={props.rowKey} />
  const crashed = isCrash(newest.row)
  const mayTakeTwoLines = said.length === 1 && (crashed || newest.row.type === 'gap')
  return (
    <div
      className="flex items-start gap-2 px-4 py-1 text-ink-2 fs-xs leading-sm [[data-calm]>&]:last:mb-1.5"
      data-row={props.rowKey}
      title={said.map(({ row, words }) => `${formatTime(row.at)} ${words}`).join('\n')}
    >
      <Icon
        name={crashed ? 'crash' : HAPPENING_ICON[newest.row.type]}
        className={`mt-[3px] size-3.5 present:size-4.5 ${crashed ? 'text-bad' : 'text-ink-3'}`}
      />
      <span className={`min-w-0 flex-initial ${mayTakeTwoLines ? 'line-clamp-2' : 'truncate'}`}>
        {said.map(({ row, words }, index) => (
          <span key={row.key} className={index > 0 ? 'text-ink-3' : undefined}>
            {index > 0 && ' ← '}
            {words}
          </span>
        ))}
      </span>
      <time className="flex-none text-ink-3" dateTime={new Date(newest.row.at).toISOString()}>
        {formatTime(newest.row.at)}
      </time>
    </div>
  )
}, isSameLine)

interface RowProps {
  row: PaneRow
  /** The happenings that share this row's line. */
  line: readonly Happening[]
  traced: boolean
  lane: LaneRef
  consumerName: string
  byHand: Settle | null
  dead: SystemId | null
}

export const Row = ({ row, line, traced, lane, consumerName, byHand, dead }: RowProps) =>
  row.type === 'delivery' ? (
    <DeliveryRow
      row={row}
      traced={traced}
      isPoison={isPoisonAt(lane.modeManifest, row.message)}
      byHand={byHand}
      dead={dead}
    />
  ) : (
    <HappeningRow line={line} rowKey={row.key} lane={lane} consumerName={consumerName} />
  )
