import type { Pane, Rows, Slot } from '../model/records.ts'
import type { DeliveryView, PaneRow, PaneView } from '../model/views.ts'
import { isArrival, nextRow } from '../store/rows.ts'
import { failingAt } from './failing.ts'
import { deliveryView } from './messages.ts'

const NONE: readonly DeliveryView[] = []
const NO_PARTITIONS: readonly number[] = []

export function paneView(pane: Pane): PaneView {
  pane.view ??= {
    consumer: pane.consumer,
    rows: drawRows(pane.rows),
    dropped: pane.rows.dropped,
    arrivals: pane.arrivals,
    messages: pane.messages,
    settled: pane.settled,
    inHand: inHandOf(pane),
    failing: failingOf(pane),
    partitions: partitionsOf(pane),
    version: pane.version,
  }
  return pane.view
}

function inHandOf(pane: Pane): readonly DeliveryView[] {
  if (pane.inHand && pane.inHandFrom === pane.rows.dropped) return pane.inHand
  const unacked: DeliveryView[] = []
  for (const arrival of pane.open.values()) {
    if (arrival.row >= pane.rows.dropped) unacked.push(deliveryView(arrival))
  }
  pane.inHand = unacked.length === 0 ? NONE : unacked
  pane.inHandFrom = pane.rows.dropped
  return pane.inHand
}

function failingOf(pane: Pane): readonly DeliveryView[] {
  const failing = failingAt(pane)
  return failing.length === 0 ? NONE : failing.map(deliveryView)
}

/** Its partitions by the newest assignment of its group. */
function partitionsOf(pane: Pane): readonly number[] {
  const { group } = pane.consumer
  const assignment = group === undefined ? null : pane.destination.groups.get(group)?.assignment
  const mine = assignment?.members.find((member) => member.consumer === pane.consumer.name)
  return mine?.partitions ?? NO_PARTITIONS
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

/**
 * The rows held now; the same array as before when nothing changed. It is copied at most once per call, and only changed
 * rows become new objects: a screen that reads once a frame pays for what happened in that frame.
 */
function drawRows(rows: Rows): readonly PaneRow[] {
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
