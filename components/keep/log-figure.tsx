import { formatCount } from '../ui/format.ts'
import { Figure } from './figure.tsx'
import { MARK_HEIGHT, markPath, marksOf, type Partition, type StripPlaces } from './marks.ts'
import type { Marked } from './marks-of-facts.ts'

interface LogFigureProps {
  partitions: readonly Partition[]
  /** Up to three groups with a mark of their own. */
  groups: readonly Marked[]
  traced: { partition: number; offset: number } | null
  /** The partition that what is being written is going to. */
  aimedAt: number | null
}

/** The last offsets drawn of each partition. */
const CELLS = 9
const CELL_MAX = 26
const STRIP_X = 28
/** Room for "end 1,234" at the right. */
const END_WIDTH = 70
/** Further partitions are shown as a count. */
const MOST_STRIPS = 6
const MORE_LINE = 16
/** The cell after the end, where a record is going to lie. */
const NEXT_CELL = 20
/** Width of a digit in the traced cell, and the air around it. */
const DIGIT = 8.5
const DIGIT_AIR = 6

/** From one strip to the next, at best and at least: a cell, the marks under it, and air. */
const PITCH_BEST = 34
const PITCH_MIN = 17
/** A topic with more partitions than these is content with less. */
const FEW_STRIPS = 3
const PITCH_OF_MANY = 24
const CELL_HEIGHT_MAX = 20
/** A lower cell has no room for its offset. */
const TEXT_CELL = 11
/** Air between a cell and the marks under it. */
const MARK_AIR = 1
const MARK_HEIGHT_MIN = 6
/** Strips closer than this have the smaller marks. */
const FULL_MARK_PITCH = 26

interface StripSize {
  cell: number
  pitch: number
  mark: number
  hasText: boolean
}

function sizeFor(pitch: number): StripSize {
  const mark = pitch < FULL_MARK_PITCH ? MARK_HEIGHT_MIN : MARK_HEIGHT
  const cell = Math.min(CELL_HEIGHT_MAX, Math.floor(pitch - mark - 2 * MARK_AIR))
  return { cell, pitch, mark, hasText: cell >= TEXT_CELL }
}

interface StripProps {
  partition: Partition
  groups: readonly Marked[]
  /** Offset of the traced record when it lies here. */
  traced: number | null
  /** What is being written is going to lie here. */
  aimed: boolean
  y: number
  size: StripSize
  places: StripPlaces
  width: number
}

type CellsProps = Pick<StripProps, 'traced' | 'y' | 'size' | 'places'> & { end: number; low: number }

function Cells({ end, low, y, size, places }: CellsProps) {
  return Array.from({ length: places.cells }, (_, index) => (
    <rect
      // biome-ignore lint/suspicious/noArrayIndexKey: the cells are fixed places, the offsets move through them
      key={index}
      x={places.start + index * places.cell + 0.5}
      y={y + 0.5}
      width={places.cell - 1}
      height={size.cell - 1}
      className={end - places.cells + index < low ? 'cell none' : 'cell'}
    />
  ))
}

/** The traced record's cell, wide enough for its offset. */
function TracedCell({ end, traced, y, size, places }: CellsProps) {
  if (traced === null || traced >= end || traced < end - places.cells) return null
  const text = formatCount(traced)
  const width = size.hasText ? Math.max(places.cell, text.length * DIGIT + DIGIT_AIR) : places.cell
  const middle = places.start + (traced - end + places.cells + 0.5) * places.cell
  const x = Math.min(middle - width / 2, places.start + places.cells * places.cell - width)
  return (
    <>
      <rect x={x + 0.5} y={y + 0.5} width={width - 1} height={size.cell - 1} className="cell on" />
      {size.hasText && (
        <text
          x={x + width / 2}
          y={y + size.cell / 2}
          dominantBaseline="central"
          textAnchor="middle"
          className="fig-in on"
        >
          {text}
        </text>
      )}
    </>
  )
}

function Strip({ partition, groups, traced, aimed, y, size, places, width }: StripProps) {
  const end = Number(partition.end)
  const cells = { end, low: Number(partition.low), traced, y, size, places }
  const baseline = y + size.cell / 2 + 4.3
  return (
    <>
      <text x="0" y={baseline} className={aimed ? 'fig-note mono aimed' : 'fig-note mono'}>
        p{partition.partition}
      </text>
      <Cells {...cells} />
      <path d={`M${places.start + places.cells * places.cell + 4} ${y}v${size.cell}`} className="fig-end" />
      <TracedCell {...cells} />
      {aimed && (
        <rect
          x={places.start + places.cells * places.cell + 8.5}
          y={y + 0.5}
          width={NEXT_CELL - 1}
          height={size.cell - 1}
          className="cell next"
        />
      )}
      <text x={width} y={baseline} textAnchor="end" className="fig-note">
        {!aimed && 'end '}
        <tspan className="fig-strong">{formatCount(end)}</tspan>
      </text>
      {marksOf(partition, groups, places).map(({ name, x, index }) => (
        <path
          key={name}
          d={markPath(x, y + size.cell + MARK_AIR, index, size.mark)}
          className={index === 1 ? 'mark-hollow' : 'mark-solid'}
        />
      ))}
    </>
  )
}

function nameOf(partitions: readonly Partition[], groups: readonly Marked[]): string {
  const ends = partitions.map(({ partition, end }) => `partition ${partition} ends at ${end}`)
  const lags = groups.map(({ name, lag }) => `${name} has lag ${lag ?? 'unknown'}`)
  return [...ends, ...lags].join(', ')
}

const placesFor = (width: number): StripPlaces => ({
  start: STRIP_X,
  cells: CELLS,
  cell: Math.min(CELL_MAX, Math.floor((width - STRIP_X - END_WIDTH) / CELLS)),
})

/** One strip per partition: the last offsets, the end, and how far each group has committed. */
export function LogFigure({ partitions, groups, traced, aimedAt }: LogFigureProps) {
  const shown = partitions.slice(0, MOST_STRIPS)
  const hidden = partitions.length - shown.length
  const more = hidden > 0 ? MORE_LINE : 0
  const pitch = shown.length > FEW_STRIPS ? PITCH_OF_MANY : PITCH_BEST
  const draw = (width: number, height: number) => {
    const size = sizeFor((height - more) / shown.length)
    const strips = shown.map((partition, index) => (
      <Strip
        key={partition.partition}
        partition={partition}
        groups={groups}
        traced={traced?.partition === partition.partition ? traced.offset : null}
        aimed={partition.partition === aimedAt}
        y={index * size.pitch}
        size={size}
        places={placesFor(width)}
        width={width}
      />
    ))
    return (
      <>
        {strips}
        {hidden > 0 && (
          <text x="0" y={height - 3} className="fig-note">
            and {hidden} more partitions
          </text>
        )}
      </>
    )
  }
  return (
    <Figure
      name={nameOf(partitions, groups)}
      height={shown.length * pitch + more}
      heightMin={shown.length * PITCH_MIN + more}
    >
      {draw}
    </Figure>
  )
}
