import type { CellView, MatrixRowView } from '#lib/ledger/views/matrix.ts'
import { keptWords, type LaneRef } from '../feed/lane-ref.ts'
import { formatCount } from '../ui/format.ts'
import { hueStyle } from '../ui/look.ts'
import { ghostWords } from '../words/ghosts.ts'
import { keptSentence } from '../words/kept.ts'
import { type LaneColumns, spanOf } from './columns.ts'

/** More reasons than this become a count: those of many consumers are alike. */
const REASONS_MAX = 4

/** Why each consumer of a lane that has no copy has none. */
function reasonsOf(
  { cells }: MatrixRowView,
  { lane, consumers }: LaneColumns,
): { who: string; why: string }[] {
  return consumers.flatMap(({ name }, index) => {
    const why = reasonOf(cells[index], lane, name)
    return why === null ? [] : [{ who: name, why }]
  })
}

function reasonOf(cell: CellView | undefined, lane: LaneRef, consumer: string): string | null {
  if (cell?.kind !== 'ghost') return null
  const { manifest, modeManifest } = lane
  const why = ghostWords(cell.ghost, {
    label: manifest.label,
    consumerNoun: modeManifest.consumerNoun,
    consumer,
  })
  // Most reasons are worded to follow the message's number.
  return why === null || cell.ghost.why === 'other-consumer' ? why : `it ${why}`
}

function LaneDetail({ view, columns }: { view: MatrixRowView | undefined; columns: LaneColumns }) {
  const { lane } = columns
  const reasons = view ? reasonsOf(view, columns) : []
  const kept = keptSentence(view?.kept ?? null, keptWords(lane))
  return (
    <td
      className="gap"
      colSpan={spanOf(columns)}
      style={hueStyle(lane.manifest)}
      data-system={lane.manifest.id}
    >
      {reasons.slice(0, REASONS_MAX).map(({ who, why }) => (
        <p key={who}>
          <b>{who}:</b> {why}
        </p>
      ))}
      {reasons.length > REASONS_MAX && (
        <p>and {formatCount(reasons.length - REASONS_MAX)} more, each in its cell.</p>
      )}
      {kept && <p>{kept}</p>}
    </td>
  )
}

/** Below the row of a message that a person chose: every reason in words, and what each broker still keeps. */
export const DetailRow = ({
  lanes,
  columns,
}: {
  lanes: readonly MatrixRowView[]
  columns: readonly LaneColumns[]
}) => (
  <tr className="detail">
    <th scope="row">Who did not get it, and what is still stored</th>
    {columns.map((lane, index) => (
      <LaneDetail key={lane.lane.manifest.id} view={lanes[index]} columns={lane} />
    ))}
  </tr>
)
