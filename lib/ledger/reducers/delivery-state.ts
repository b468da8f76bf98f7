import type { Evidence } from '#lib/protocol/names.ts'
import type { Arrival } from '../model/records.ts'
import type { DeliveryState } from '../model/views.ts'
import { touchLife } from '../store/messages.ts'
import { touchPane } from '../store/panes.ts'
import { touchRow } from '../store/rows.ts'

/** The consumer is done with it. */
const isSettled = (state: DeliveryState): boolean =>
  state === 'acknowledged' || state === 'committed' || state === 'requeued' || state === 'rejected'

/** When a state was entered, and how that is known. */
export interface Moved {
  at: number
  evidence: Evidence
  /** Why its consumer gave it back or gave up on it, where that is known. */
  reason?: string | undefined
}

/** Moves an arrival to its next state; every view that showed it is out of date. */
export function setState(arrival: Arrival, next: DeliveryState, moved: Moved): void {
  if (arrival.state === next) return
  const { pane } = arrival
  if (isSettled(next) && !isSettled(arrival.state)) pane.settled += 1
  if (!isSettled(next) && isSettled(arrival.state)) pane.settled -= 1
  if (arrival.state === 'in-hand') {
    if (pane.open.get(arrival.event.delivery) === arrival) pane.open.delete(arrival.event.delivery)
    pane.inHand = null
  }
  arrival.state = next
  arrival.movedAt = moved.at
  arrival.movedBy = moved.evidence
  arrival.reason = moved.reason ?? null
  arrival.view = null
  touchRow(pane.rows, arrival)
  touchPane(pane)
  touchLife(arrival.life)
}
