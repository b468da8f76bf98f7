import type { CellView } from '#lib/ledger/views/matrix.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { hueStyle } from '../ui/look.ts'
import { cellWords } from '../words/cells.ts'
import { CellMark } from './mark.tsx'

interface CellProps {
  cell: CellView
  lane: LaneRef
  consumer: Consumer
  edge: string
}

/** One consumer and one message. Pressing it inspects the message there; the same can be done by key from its row. */
export function Cell({ cell, lane, consumer, edge }: CellProps) {
  const words = cellWords(cell, {
    label: lane.manifest.label,
    consumerNoun: lane.modeManifest.consumerNoun,
    consumer: consumer.name,
  })
  if (!words) return <td className={`cell none ${edge}`} />
  const { look, first, second, name } = words
  return (
    <td
      className={`cell ${look} ${edge}`}
      style={hueStyle(lane.manifest)}
      data-look={look}
      data-system={lane.manifest.id}
      data-consumer={consumer.name}
      aria-label={name}
    >
      <button
        type="button"
        tabIndex={-1}
        aria-label={first ? undefined : name}
        title={name}
        data-inspect={lane.manifest.id}
        data-inspect-consumer={consumer.name}
      >
        {look !== 'away' && <CellMark look={look} />}
        {first && (
          <span>
            <b>{first}</b>
            {second && <i>{second}</i>}
          </span>
        )}
      </button>
    </td>
  )
}
