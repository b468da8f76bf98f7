import { memo } from 'react'
import type { MessageView } from '#lib/ledger/model/views.ts'
import { type MatrixRowView, sameCell } from '#lib/ledger/views/matrix.ts'
import { formatTime } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { everyCellWords } from '../words/cells.ts'
import { plain } from '../words/sentence.ts'
import { scoreWords } from '../words/verdicts.ts'
import { Cell } from './cell.tsx'
import { edgeBefore, type LaneColumns, spanOf } from './columns.ts'

/** A row shows this much of a text: one line of it. */
const ROW_TEXT_CHARS = 160
const looksLikeCode = (text: string) => /^\s*[[{<]/.test(text)

interface RowProps {
  message: MessageView
  lanes: readonly MatrixRowView[]
  columns: readonly LaneColumns[]
  traced: boolean
  /** Its place among all rows, from 1, as a screen reader counts them. */
  place: number
}

function Head({ message, traced }: { message: MessageView; traced: boolean }) {
  const number = message.number === null ? '#…' : `#${message.number}`
  const text = message.text === null ? '…' : message.text.slice(0, ROW_TEXT_CHARS)
  return (
    <th scope="row">
      <div>
        <button
          type="button"
          className={traced ? 'tag on' : 'tag'}
          aria-pressed={traced}
          title={traced ? `Release ${number} (Esc)` : `Follow ${number} in every view`}
        >
          {number}
        </button>
        <p>
          {message.sender !== null && <b>{message.sender}</b>}
          {message.outside && <i className="outside">outside</i>}
          {message.bytes !== null || looksLikeCode(text) ? <code>{text}</code> : text}
        </p>
        <time>{message.sentAt === null ? '' : formatTime(message.sentAt)}</time>
      </div>
    </th>
  )
}

function LaneCells({ view, columns }: { view: MatrixRowView | undefined; columns: LaneColumns }) {
  const { lane, consumers } = columns
  const { label } = lane.manifest
  const style = hueStyle(lane.manifest)
  if (!view || consumers.length === 0 || view.all) {
    const words = view?.all
      ? everyCellWords(view.all, label)
      : view &&
        plain(
          scoreWords(view.verdict, {
            label,
            consumerNoun: lane.modeManifest.consumerNoun,
            mode: lane.mode,
            consumers: 0,
          }),
        )
    return (
      <td className="cell every gap" colSpan={spanOf(columns)} style={style} data-system={lane.manifest.id}>
        {words}
      </td>
    )
  }
  return consumers.map((consumer, index) => {
    const cell = view.cells[index]
    const edge = edgeBefore(columns, index)
    return cell && <Cell key={consumer.id} cell={cell} lane={lane} consumer={consumer} edge={edge} />
  })
}

/** One message and what every consumer has of it. */
export const MatrixRow = memo(function MatrixRow({ message, lanes, columns, traced, place }: RowProps) {
  return (
    <tr
      className={traced ? 'traced' : undefined}
      data-message-id={message.messageId}
      aria-rowindex={place}
      data-index={place}
    >
      <Head message={message} traced={traced} />
      {columns.map((lane, index) => (
        <LaneCells key={lane.lane.manifest.id} view={lanes[index]} columns={lane} />
      ))}
    </tr>
  )
}, isSameRow)

/** A message's view is a new object with each of its events; what is drawn of it changes less often. */
function isSameRow(before: RowProps, now: RowProps): boolean {
  return (
    before.traced === now.traced &&
    before.place === now.place &&
    before.columns === now.columns &&
    sameHead(before.message, now.message) &&
    before.lanes.every((lane, index) => sameLane(lane, now.lanes[index]))
  )
}

const sameHead = (a: MessageView, b: MessageView): boolean =>
  a.messageId === b.messageId && a.number === b.number && a.text === b.text && a.sender === b.sender

function sameLane(a: MatrixRowView, b: MatrixRowView | undefined): boolean {
  if (!b || a.all?.why !== b.all?.why || a.cells.length !== b.cells.length) return false
  if (a.cells.length === 0) return a.verdict.kind === b.verdict.kind
  return a.cells.every((cell, index) => sameCell(cell, b.cells[index]))
}
