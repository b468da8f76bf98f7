import type { Evidence } from '#lib/protocol/names.ts'
import { touchLife } from './lives.ts'
import { touchPane } from './panes.ts'
import { touchRow } from './rows.ts'
import type { Arrival } from './state.ts'
import type { DeliveryState } from './views.ts'

/** What a consumer did with an arrival once it was done with it. */
const isSettled = (state: DeliveryState): boolean =>
  state === 'acknowledged' || state === 'committed' || state === 'requeued' || state === 'rejected'

/** When a state was come into, and how that is known. */
export interface Moved {
  at: number
  evidence: Evidence
}

/** Moves an arrival on; everything that showed it is out of date. */
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
  arrival.view = null
  touchRow(pane.rows, arrival)
  touchPane(pane)
  touchLife(arrival.life)
}
