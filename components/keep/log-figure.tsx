import type { GroupFacts, LogFacts } from '#lib/protocol/facts.ts'
import { formatCount } from '../ui/format.ts'

type Partition = LogFacts['partitions'][number]

interface LogFigureProps {
  partitions: readonly Partition[]
  /** Up to three groups with a mark of their own. */
  groups: readonly GroupFacts[]
  traced: { partition: number; offset: number } | null
}

/** The last offsets drawn of each partition. */
const CELLS = 9
const CELL = 20
const STRIP_X = 28
const END_X = STRIP_X + CELLS * CELL + 4
const WIDTH = 280
/** Width of a mark and a little air. */
const MARK_PITCH = 11
/** Strips drawn in full; a topic with more partitions gets lower ones, and beyond that a count. */
const FULL_STRIPS = 3
const MOST_STRIPS = 6

interface StripSize {
  cell: number
  pitch: number
}

const FULL: StripSize = { cell: 20, pitch: 34 }
const LOW: StripSize = { cell: 9, pitch: 17 }

/** A committed offset is the next one to read: its mark stands under the left edge of that cell. */
function markX(committed: number, end: number): number {
  const back = Math.min(end - committed, CELLS)
  return STRIP_X + (CELLS - back) * CELL
}

interface Mark {
  group: string
  index: number
  x: number
}

/** Where each group stands in a partition; groups at the same place stand side by side. */
function marksOf(partition: Partition, groups: readonly GroupFacts[]): Mark[] {
  const end = Number(partition.end)
  const marks = groups.flatMap(({ group, committed }, index): Mark[] => {
    const offset = committed.find((one) => one.partition === partition.partition)?.offset
    return offset === null || offset === undefined ? [] : [{ group, index, x: markX(Number(offset), end) }]
  })
  return marks.map((mark) => {
    const sharing = marks.filter(({ x }) => x === mark.x)
    return { ...mark, x: mark.x + (sharing.indexOf(mark) - (sharing.length - 1) / 2) * MARK_PITCH }
  })
}

const markPath = (x: number, y: number, index: number) =>
  index === 2 ? `M${x} ${y + 8}l-4.95-8h9.9z` : `M${x} ${y}l4.95 8h-9.9z`

interface StripProps {
  partition: Partition
  groups: readonly GroupFacts[]
  traced: number | null
  y: number
  size: StripSize
}

function Cells({
  end,
  low,
  traced,
  y,
  size,
}: {
  end: number
  low: number
  traced: number | null
  y: number
  size: StripSize
}) {
  return Array.from({ length: CELLS }, (_, index) => end - CELLS + index).map((offset, index) => {
    const isTraced = offset === traced
    const x = STRIP_X + index * CELL
    const look = isTraced ? 'cell on' : offset < low ? 'cell none' : 'cell'
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the cells are fixed places, the offsets move through them
      <g key={index}>
        <rect x={x + 0.5} y={y + 0.5} width={CELL - 1} height={size.cell - 1} className={look} />
        {isTraced && size === FULL && (
          <text x={x + CELL / 2} y={y + 14.5} textAnchor="middle" className="fig-in on">
            {offset}
          </text>
        )}
      </g>
    )
  })
}

function Strip({ partition, groups, traced, y, size }: StripProps) {
  const end = Number(partition.end)
  return (
    <>
      <text x="0" y={y + size.cell / 2 + 4.3} className="fig-note mono">
        p{partition.partition}
      </text>
      <Cells end={end} low={Number(partition.low)} traced={traced} y={y} size={size} />
      <path d={`M${END_X} ${y}v${size.cell}`} className="fig-end" />
      <text x={WIDTH} y={y + size.cell / 2 + 4.3} textAnchor="end" className="fig-note">
        end <tspan className="fig-strong">{formatCount(end)}</tspan>
      </text>
      {marksOf(partition, groups).map(({ group, x, index }) => (
        <path
          key={group}
          d={markPath(x, y + size.cell + 2, index)}
          className={index === 1 ? 'mark-hollow' : 'mark-solid'}
        />
      ))}
    </>
  )
}

function nameOf(partitions: readonly Partition[], groups: readonly GroupFacts[]): string {
  const ends = partitions.map(({ partition, end }) => `partition ${partition} ends at ${end}`)
  const lags = groups.map(({ group, lag }) => `group ${group} has lag ${lag ?? 'unknown'}`)
  return [...ends, ...lags].join(', ')
}

/** One strip per partition: the last offsets, the end, and how far each group has committed. */
export function LogFigure({ partitions, groups, traced }: LogFigureProps) {
  const size = partitions.length > FULL_STRIPS ? LOW : FULL
  const shown = partitions.slice(0, MOST_STRIPS)
  const hidden = partitions.length - shown.length
  const height = shown.length * size.pitch + (hidden > 0 ? 16 : 0)
  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={nameOf(partitions, groups)}>
        {shown.map((partition, index) => (
          <Strip
            key={partition.partition}
            partition={partition}
            groups={groups}
            traced={traced?.partition === partition.partition ? traced.offset : null}
            y={index * size.pitch}
            size={size}
          />
        ))}
        {hidden > 0 && (
          <text x="0" y={height - 3} className="fig-note">
            and {hidden} more partitions
          </text>
        )}
      </svg>
    </figure>
  )
}
