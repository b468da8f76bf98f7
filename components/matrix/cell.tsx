import type { CellView } from '#lib/ledger/views/matrix.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { hueStyle } from '../ui/look.ts'
import { cellWords } from '../words/cells.ts'
import { CellShape } from './cell-shape.tsx'

interface CellProps {
  cell: CellView
  lane: LaneRef
  consumer: Consumer
  edge: string
}

/** One message at one consumer. Pressing it opens the inspector there; by keyboard the row does the same. */
export function Cell({ cell, lane, consumer, edge }: CellProps) {
  const words = cellWords(cell, {
    label: lane.manifest.label,
    consumerNoun: lane.modeManifest.consumerNoun,
    consumer: consumer.name,
  })
  if (!words) return <td className={`cell ${edge}`} />
  const { look, first, second, name } = words
  return (
    <td
      className={`cell ${edge}`}
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
        {look !== 'away' && <CellShape look={look} />}
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
