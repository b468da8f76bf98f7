import type { Arrival, Rows, Slot } from '../model/records.ts'

/** A pane's rows: appending and changing one costs a push; `views/panes.ts` draws them. */
export const createRows = (): Rows => ({
  slots: [],
  sizes: [],
  start: 0,
  dropped: 0,
  chars: 0,
  drawn: null,
  drawnFrom: 0,
  changed: [],
})

/** The share of the limit that may lie unused in front before the rest is moved: few copies, little memory wasted. */
const SLACK = 0.25

export const isArrival = (slot: Slot): slot is Arrival => 'life' in slot

/** The arrivals among the rows held. */
export const arrivalsIn = (rows: Rows): Arrival[] => rows.slots.slice(rows.start).filter(isArrival)

const charsOf = (slot: Slot): number => (isArrival(slot) ? slot.life.message.chars : 0)

const rowCount = (rows: Rows): number => rows.slots.length - rows.start

/** The number that the next row will have. */
export const nextRow = (rows: Rows): number => rows.dropped + rowCount(rows)

export function appendRow(rows: Rows, slot: Slot, rowsMax: number, charsMax: number): void {
  const chars = charsOf(slot)
  rows.slots.push(slot)
  rows.sizes.push(chars)
  rows.chars += chars
  trimRows(rows, rowsMax, charsMax)
}

/** The text of a row that is held became longer by `chars`. */
export function growRow(rows: Rows, row: number, chars: number): void {
  const index = rows.start + row - rows.dropped
  rows.sizes[index] = (rows.sizes[index] ?? 0) + chars
  rows.chars += chars
}

/** Lets go of the oldest rows beyond the limits; the newest row always stays. */
export function trimRows(rows: Rows, rowsMax: number, charsMax: number): void {
  while (rowCount(rows) > rowsMax || (rows.chars > charsMax && rowCount(rows) > 1)) {
    rows.chars -= rows.sizes[rows.start] ?? 0
    rows.start += 1
    rows.dropped += 1
  }
  if (rows.start > rowsMax * SLACK) {
    rows.slots = rows.slots.slice(rows.start)
    rows.sizes = rows.sizes.slice(rows.start)
    rows.start = 0
  }
}

/** Notes that an arrival changed whose row may have been drawn already. */
export function touchRow(rows: Rows, arrival: Arrival): void {
  if (arrival.stale || rows.drawn === null) return
  if (arrival.row >= rows.drawnFrom + rows.drawn.length) return
  arrival.stale = true
  rows.changed.push(arrival)
}
