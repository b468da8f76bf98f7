import type { LogFacts } from '#lib/protocol/facts.ts'
import type { Marked } from './marks-of-facts.ts'

export type Partition = Pick<LogFacts['partitions'][number], 'partition' | 'low' | 'end'>

/** Where things stand along a partition's strip, pixels. */
export interface StripPlaces {
  /** Left edge of the first cell. */
  start: number
  cell: number
  cells: number
}

/** One group's or reader's place on one strip. */
export interface Mark {
  name: string
  /** Which group it is: the first has a solid mark, the second a hollow one, the third stands upside down. */
  index: number
  x: number
}

/** Width of a mark and a little air. */
const MARK_PITCH = 11

/** A committed offset is the next one to read: its mark stands under the left edge of that cell. */
function markX(committed: number, end: number, { start, cell, cells }: StripPlaces): number {
  const back = Math.max(0, Math.min(end - committed, cells))
  return start + (cells - back) * cell
}

/** Where each group stands in a partition; groups at the same place stand side by side. */
export function marksOf(partition: Partition, groups: readonly Marked[], places: StripPlaces): Mark[] {
  const end = Number(partition.end)
  const marks = groups.flatMap(({ name, committed }, index): Mark[] => {
    const offset = committed.find((one) => one.partition === partition.partition)?.offset
    return offset === null || offset === undefined
      ? []
      : [{ name, index, x: markX(Number(offset), end, places) }]
  })
  return marks.map((mark) => {
    const sharing = marks.filter(({ x }) => x === mark.x)
    return { ...mark, x: mark.x + (sharing.indexOf(mark) - (sharing.length - 1) / 2) * MARK_PITCH }
  })
}

/** A mark's height, pixels, where there is room. */
export const MARK_HEIGHT = 8
/** Half a mark's width for its height. */
const MARK_SLOPE = 0.62

/** A triangle whose tip points at the strip, or, for the third group, at what is below. */
export function markPath(x: number, y: number, index: number, height = MARK_HEIGHT): string {
  const half = height * MARK_SLOPE
  return index === 2
    ? `M${x} ${y + height}l${-half}-${height}h${2 * half}z`
    : `M${x} ${y}l${half} ${height}h${-2 * half}z`
}
