import type { Arrival, Rows, Slot } from './state.ts'
import type { DeliveryView, PaneRow } from './views.ts'

/**
 * A pane's rows. Appending and changing cost a push; the array that readers get is copied at most once per look, and
 * only changed rows become new objects, so that a reader once a frame pays for what happened in that frame.
 */
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

/** How much of the limit may lie unused in front before the rest is moved: few copies, little memory held for nothing. */
const SLACK = 0.25

const isArrival = (slot: Slot): slot is Arrival => 'life' in slot

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

/** A row that is held shows more text than before, by `chars`. */
export function growRow(rows: Rows, row: number, chars: number): void {
  const place = rows.start + row - rows.dropped
  rows.sizes[place] = (rows.sizes[place] ?? 0) + chars
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

/** An arrival whose row may have been drawn already has changed. */
export function touchRow(rows: Rows, arrival: Arrival): void {
  if (arrival.stale || rows.drawn === null) return
  if (arrival.row >= rows.drawnFrom + rows.drawn.length) return
  arrival.stale = true
  rows.changed.push(arrival)
}

const movedOf = ({ movedAt, movedBy }: Arrival): DeliveryView['moved'] =>
  movedAt === null || movedBy === null ? null : { at: movedAt, evidence: movedBy }

export function deliveryView(arrival: Arrival): DeliveryView {
  const { event } = arrival
  arrival.view ??= {
    messageId: arrival.life.message.id,
    consumer: arrival.pane.consumer.name,
    group: arrival.group,
    delivery: event.delivery,
    state: arrival.state,
    attempt: event.attempt,
    redelivered: event.redelivered,
    latencyMs: event.latencyMs,
    address: event.address,
    at: event.at,
    evidence: event.evidence,
    ordinal: arrival.ordinal,
    moved: movedOf(arrival),
  }
  return arrival.view
}

function draw(slot: Slot): PaneRow {
  if (!isArrival(slot)) return slot
  slot.stale = false
  return {
    type: 'delivery',
    key: String(slot.row),
    message: slot.life.message.content,
    delivery: deliveryView(slot),
  }
}

/** The rows held now. The same array as before when nothing changed. */
export function drawRows(rows: Rows): readonly PaneRow[] {
  const before = rows.drawn ?? []
  const drawnTo = rows.drawnFrom + before.length
  const end = nextRow(rows)
  const unchanged = rows.changed.length === 0 && drawnTo === end && rows.drawnFrom === rows.dropped
  if (rows.drawn !== null && unchanged) return rows.drawn
  const next = before.slice(Math.min(before.length, rows.dropped - rows.drawnFrom))
  for (const arrival of rows.changed) {
    if (arrival.row >= rows.dropped) next[arrival.row - rows.dropped] = draw(arrival)
  }
  for (let row = rows.dropped + next.length; row < end; row += 1) {
    const slot = rows.slots[rows.start + row - rows.dropped]
    if (slot) next.push(draw(slot))
  }
  rows.changed = []
  rows.drawn = next
  rows.drawnFrom = rows.dropped
  return next
}
