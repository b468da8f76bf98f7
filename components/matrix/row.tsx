import { memo } from 'react'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { type ElsewhereView, type MatrixRowView, sameCell, sameKept } from '#lib/ledger/views/matrix.ts'
import { cutText } from '#lib/util/cut-text.ts'
import { isEmptyPlace, laneWords } from '../feed/lane-ref.ts'
import { emptyPlaceWords } from '../feed/place-score.ts'
import { formatTime } from '../ui/format.ts'
import { ModeMark } from '../ui/icon.tsx'
import { hueStyle } from '../ui/look.ts'
import { noBodyWord, outsideWords, rowText } from '../words/bodies.ts'
import { everyCellWords } from '../words/cells.ts'
import { plain } from '../words/sentence.ts'
import { scoreWords } from '../words/verdicts.ts'
import { Cell } from './cell.tsx'
import { consumersSpan, edgeBefore, type LaneColumns, spanOf } from './columns.ts'
import { KeptCell } from './kept.tsx'

/** As much of a text as one line can show. */
const ROW_TEXT_CHARS = 160
const looksLikeCode = (text: string) => /^\s*[[{<]/.test(text)

interface RowProps {
  message: MessageView
  lanes: readonly MatrixRowView[]
  columns: readonly LaneColumns[]
  traced: boolean
  /** The row's position among all rows, from 1, for screen readers. */
  position: number
}

function Head({ message, traced }: { message: MessageView; traced: boolean }) {
  const number = message.number === null ? '#…' : `#${message.number}`
  const text = cutText(rowText(message), ROW_TEXT_CHARS)
  const none = noBodyWord(message)
  return (
    <th scope="row">
      <div className="grid grid-cols-[minmax(40px,auto)_minmax(0,1fr)_auto] items-center gap-2 px-4 max-700:grid-cols-[minmax(0,1fr)] max-700:gap-0 max-700:px-2">
        <button
          type="button"
          className={`inline-flex h-line-sm min-h-[var(--lh-md)] items-center justify-self-start whitespace-nowrap rounded-1 fs-xs font-strong leading-none ${
            traced ? 'bg-signal-tag px-1.5 text-on-signal-tag' : 'text-ink-3'
          }`}
          aria-pressed={traced}
          title={traced ? `Release ${number} (Esc)` : `Pin ${number} in every view`}
        >
          {number}
        </button>
        <p className="truncate text-sm">
          {message.sender !== null && (
            <b className="mr-[5px] font-strong max-700:hidden">
              <bdi>{message.sender}</bdi>
            </b>
          )}
          {message.outside && (
            <i className={traced ? 'mr-[5px] text-signal-row-2' : 'mr-[5px] text-ink-2'}>
              {outsideWords(message.bearsIdOf)}
            </i>
          )}
          {none !== null && <i className={traced ? 'text-signal-row-2' : 'text-ink-2'}>{none}</i>}
          {message.bytes !== null || looksLikeCode(text) ? <code dir="auto">{text}</code> : <bdi>{text}</bdi>}
        </p>
        <time
          className={`fs-xs max-700:hidden present:hidden ${traced ? 'text-signal-row-2' : 'text-ink-3'}`}
        >
          {message.sentAt === null ? '' : formatTime(message.sentAt)}
        </time>
      </div>
    </th>
  )
}

/** Where the message went while the lane showed another destination, and who got it there: so modes can be compared. */
function Elsewhere({ lane, place }: { lane: LaneColumns['lane']; place: ElsewhereView }) {
  const { destination, mode, verdict } = place
  const modeManifest = mode === null ? undefined : lane.manifest.modes[mode]
  if (mode === null || !modeManifest) return <span>{destination}, which is gone</span>
  const score = plain(scoreWords(verdict, laneWords({ manifest: lane.manifest, mode, modeManifest })))
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 overflow-hidden">
      <ModeMark mode={mode} className="text-hue" />
      <button
        type="button"
        tabIndex={-1}
        className="truncate"
        data-inspect={lane.manifest.id}
        title={`${destination}: ${score}`}
      >
        <b className="font-strong">{destination}</b> {score}
      </button>
      <button
        type="button"
        className="rounded-1 px-1 underline"
        aria-label={`Show ${destination}`}
        data-show={destination}
      >
        show
      </button>
    </span>
  )
}

interface LaneCellsProps {
  view: MatrixRowView | undefined
  columns: LaneColumns
  message: MessageView
}

function LaneCells({ view, columns, message }: LaneCellsProps) {
  const { lane, consumers } = columns
  const { label } = lane.manifest
  const style = hueStyle(lane.manifest)
  if (!view || consumers.length === 0 || view.all || view.elsewhere.length > 0) {
    const words = view?.all
      ? everyCellWords(view.all, label)
      : isEmptyPlace(lane)
        ? emptyPlaceWords(message, lane.manifest.id)
        : view && plain(scoreWords(view.verdict, laneWords(lane)))
    const places = view?.elsewhere ?? []
    const kept = view?.kept ?? null
    const span = kept === null ? spanOf(columns) : consumersSpan(columns)
    return (
      <>
        <td className="every gap" colSpan={span} style={style} data-system={lane.manifest.id}>
          {places.length === 0
            ? words
            : places.map((place) => <Elsewhere key={place.destination} lane={lane} place={place} />)}
        </td>
        {kept && <KeptCell kept={kept} lane={lane} />}
      </>
    )
  }
  return (
    <>
      {consumers.map((consumer, index) => {
        const cell = view.cells[index]
        const edge = edgeBefore(columns, index)
        return cell && <Cell key={consumer.id} cell={cell} lane={lane} consumer={consumer} edge={edge} />
      })}
      <KeptCell kept={view.kept} lane={lane} />
    </>
  )
}

/** One message with a cell for every consumer. */
export const MatrixRow = memo(function MatrixRow({ message, lanes, columns, traced, position }: RowProps) {
  return (
    <tr
      className={traced ? 'traced' : undefined}
      data-message-id={message.messageId}
      aria-rowindex={position}
      data-index={position}
    >
      <Head message={message} traced={traced} />
      {columns.map((lane, index) => (
        <LaneCells key={lane.lane.manifest.id} view={lanes[index]} columns={lane} message={message} />
      ))}
    </tr>
  )
}, isSameRow)

/** A message's view is a new object after each of its events, but what is drawn of it changes less often. */
function isSameRow(before: RowProps, now: RowProps): boolean {
  return (
    before.traced === now.traced &&
    before.position === now.position &&
    before.columns === now.columns &&
    sameHead(before.message, now.message) &&
    before.lanes.every((lane, index) => sameLane(lane, now.lanes[index]))
  )
}

const sameHead = (a: MessageView, b: MessageView): boolean =>
  a.messageId === b.messageId && a.number === b.number && a.text === b.text && a.sender === b.sender

/** Rows that went elsewhere are few, and their verdicts small. */
const sameElsewhere = (a: readonly ElsewhereView[], b: readonly ElsewhereView[]): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b)

function sameLane(a: MatrixRowView, b: MatrixRowView | undefined): boolean {
  if (!b || a.all?.why !== b.all?.why || a.cells.length !== b.cells.length) return false
  if (!sameKept(a.kept, b.kept) || !sameElsewhere(a.elsewhere, b.elsewhere)) return false
  if (a.cells.length === 0) return a.verdict.kind === b.verdict.kind
  return a.cells.every((cell, index) => sameCell(cell, b.cells[index]))
}
