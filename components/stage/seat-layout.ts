/** Where seats are drawn: pixels of the 1920 x 1080 drawing, from the upper left corner of a block's map. */

export interface Place {
  x: number
  y: number
  row: number
  col: number
}

/** One group's part of the map. */
export interface Section {
  top: number
  /** The height at which cords run along the section. */
  railY: number
  places: readonly Place[]
}

export interface SeatLayout {
  /** A seat's diameter. */
  size: number
  /** Names stand below the seats, as wide as this; null where there is no room for them. */
  nameWidth: number | null
  /** Seats are too small to read one by one: from this x on, each row says how many of it got the message. */
  rowCountX: number | null
  columns: number
  sections: readonly Section[]
  /** How many groups at the end have no room. */
  left: number
}

interface Fit {
  size: number
  gapX: number
  gapY: number
  /** The narrowest seat with a name below it. */
  named?: number
}

const NAME_HEIGHT = 32
/** From the largest seats down; the first that have room for all are taken. */
const FITS: readonly Fit[] = [
  { size: 72, gapX: 24, gapY: 8, named: 166 },
  { size: 48, gapX: 24, gapY: 8, named: 166 },
  { size: 64, gapX: 24, gapY: 16 },
  { size: 48, gapX: 16, gapY: 12 },
  { size: 38, gapX: 8, gapY: 7 },
  { size: 32, gapX: 10, gapY: 8 },
  { size: 26, gapX: 14, gapY: 9 },
  { size: 22, gapX: 10, gapY: 8 },
  { size: 18, gapX: 5, gapY: 5 },
]
/** Below 18 px a row is read as a whole: small marks, and a number at their end. */
const ROWS: Fit = { size: 11, gapX: 3, gapY: 16 }
const ROW_COUNT_WIDTH = 72

/** Above the first row: a group's name and its cord, or the cord alone. */
const GROUP_HEAD = 50
const PLAIN_HEAD = 26
const CORD_ABOVE_SEATS = 20
const CORD_BELOW_NAME = 8
const BETWEEN_GROUPS = 10
/** For the line that says how many groups have no room. */
const LEFT_LINE = 32

export interface Counted {
  name: string | null
  seats: readonly unknown[]
}

/**
 * Where the seats of these groups stand in a map of this size. What it depends on is how many seats there are and never who
 * sits there, so that nobody moves when others come and go; more seats than fit make all of them smaller.
 */
export function layoutSeats(groups: readonly Counted[], width: number, height: number): SeatLayout {
  for (const fit of FITS) {
    const layout = place(groups, fit, width)
    if (bottomOf(layout, fit) <= height) return layout
  }
  for (let shown = groups.length; shown > 0; shown -= 1) {
    const layout = place(groups.slice(0, shown), ROWS, width)
    const left = groups.length - shown
    if (bottomOf(layout, ROWS) + (left > 0 ? LEFT_LINE : 0) <= height || shown === 1)
      return { ...layout, left }
  }
  return place([], ROWS, width)
}

const rowHeight = ({ size, gapY, named }: Fit) => size + gapY + (named === undefined ? 0 : NAME_HEIGHT)

function bottomOf({ sections }: SeatLayout, fit: Fit): number {
  const last = sections.at(-1)
  if (last === undefined) return 0
  const lowest = last.places.at(-1)?.y ?? last.top
  return lowest + rowHeight(fit) - fit.gapY
}

function place(groups: readonly Counted[], fit: Fit, width: number): SeatLayout {
  const { size, gapX, named } = fit
  const isRows = fit === ROWS
  const usable = isRows ? width - ROW_COUNT_WIDTH : width
  const cell = named ?? size
  const columns = Math.max(1, Math.floor((usable + gapX) / (cell + gapX)))
  const pitch = named === undefined && columns > 1 ? (usable - size) / (columns - 1) : cell + gapX
  let top = 0
  const sections = groups.map(({ name, seats }): Section => {
    const head = name === null ? PLAIN_HEAD : GROUP_HEAD
    const first = top + head
    const places = seats.map((_, index): Place => {
      const [row, col] = [Math.floor(index / columns), index % columns]
      return { x: Math.round(col * pitch * 10) / 10, y: first + row * rowHeight(fit), row, col }
    })
    const section = { top, railY: first - (name === null ? CORD_ABOVE_SEATS : CORD_BELOW_NAME), places }
    const rows = Math.max(1, Math.ceil(seats.length / columns))
    top = first + rows * rowHeight(fit) - fit.gapY + BETWEEN_GROUPS
    return section
  })
  return {
    ...{ size, columns, sections, left: 0 },
    nameWidth: named ?? null,
    rowCountX: isRows ? width - ROW_COUNT_WIDTH + gapX : null,
  }
}
