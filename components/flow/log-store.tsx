import { markPath, marksOf, type Partition } from '../keep/marks.ts'
import { formatCount } from '../ui/format.ts'
import type { StoreLayout, StripLayout } from './layout-store.ts'

/** The groups' committed offsets; a queue that is built on a log has one group, its own. */
type Committed = Parameters<typeof marksOf>[1]

interface LogStoreProps {
  layout: Extract<StoreLayout, { kind: 'log' }>
  partitions: readonly Partition[]
  groups: Committed
  traced: { partition: number; offset: number } | null
}

/** Below this height, in pixels, a cell has no room for its offset and a strip none for the groups' marks. */
const TEXT_FROM_PX = 16
const DIGIT_PX = 8.4
/** Groups that have a mark of their own. */
const MARKED_GROUPS = 3

interface StripProps {
  strip: StripLayout
  partition: Partition
  groups: Committed
  /** The traced record's offset, if it is in this partition. */
  traced: number | null
}

function Cells({ strip, partition, traced }: StripProps) {
  const { start, y, cell, cells, height } = strip
  const end = Number(partition.end)
  const low = Number(partition.low)
  const longest = formatCount(end).length
  const hasText = height >= TEXT_FROM_PX && longest * DIGIT_PX < cell - 4
  return Array.from({ length: cells }, (_, index) => {
    const offset = end - cells + index
    const isHere = offset >= low && offset >= 0
    const on = offset === traced
    const look = isHere ? 'flow-cell' : 'flow-cell none'
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its position; the offsets move through the cells
      <g key={index}>
        <rect
          x={start + index * cell + 1}
          y={y - height / 2}
          width={cell - 2}
          height={height}
          rx="2"
          className={look}
        />
        {isHere && hasText && !on && (
          <text
            x={start + (index + 0.5) * cell}
            y={y}
            textAnchor="middle"
            dominantBaseline="central"
            className="flow-cell-text"
          >
            {formatCount(offset)}
          </text>
        )}
      </g>
    )
  })
}

/** The traced record, in a cell wide enough for its offset. */
function TracedCell({ strip, partition, traced }: StripProps) {
  const { start, y, cell, cells, height } = strip
  const first = Number(partition.end) - cells
  if (traced === null || traced < first || traced >= first + cells) return null
  const words = formatCount(traced)
  const hasText = height >= TEXT_FROM_PX
  const width = hasText ? Math.max(cell - 2, words.length * DIGIT_PX + 10) : cell - 2
  const middle = start + (traced - first + 0.5) * cell
  const x = Math.min(middle - width / 2, start + cells * cell - width - 1)
  return (
    <g>
      <rect x={x} y={y - height / 2} width={width} height={height} rx="2" className="flow-cell on" />
      {hasText && (
        <text
          x={x + width / 2}
          y={y}
          textAnchor="middle"
          dominantBaseline="central"
          className="flow-cell-text on"
        >
          {words}
        </text>
      )}
    </g>
  )
}

function Strip(props: StripProps) {
  const { strip, partition, groups } = props
  const { start, y, cell, cells, height, end } = strip
  const isLow = height < TEXT_FROM_PX
  return (
    <g>
      <text x={start - 10} y={y} textAnchor="end" dominantBaseline="central" className="flow-part">
        p{partition.partition}
      </text>
      <Cells {...props} />
      <TracedCell {...props} />
      <path className="flow-end" d={`M${end.x} ${y - height / 2}V${y + height / 2}`} />
      {!isLow &&
        marksOf(partition, groups, { start, cell, cells }).map(({ name, x, index }) => (
          <path
            key={name}
            d={markPath(x, y + height / 2 + 2, index)}
            className={index === 1 ? 'flow-mark hollow' : 'flow-mark'}
          />
        ))}
    </g>
  )
}

/** The last records of each partition, where it ends, and how far each group has committed. */
export const LogStore = ({ layout, partitions, groups, traced }: LogStoreProps) =>
  layout.strips.map((strip) => {
    const partition = partitions.find((one) => one.partition === strip.partition) ?? {
      partition: strip.partition,
      low: '0',
      end: '0',
    }
    return (
      <Strip
        key={strip.partition}
        strip={strip}
        partition={partition}
        groups={groups.slice(0, MARKED_GROUPS)}
        traced={traced?.partition === strip.partition ? traced.offset : null}
      />
    )
  })
