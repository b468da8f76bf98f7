import type { EventOf } from '#lib/protocol/events.ts'
import { meterDelivery } from '../counters/meter.ts'
import { tallyArrival } from '../counters/tally.ts'
import type { Arrival, DestinationRecord, Life } from '../model/records.ts'
import type { DeliveryState } from '../model/views.ts'
import { commitsPositions, listPane } from '../store/destinations.ts'
import { applyCarried, evict, touchLife } from '../store/messages.ts'
import { paneOf, touchPane } from '../store/panes.ts'
import { appendRow, nextRow } from '../store/rows.ts'
import type { LedgerState } from '../store/state.ts'
import { awaitCommit } from './commits.ts'
import { setState } from './delivery-state.ts'
import { settleEarly } from './settlements.ts'

/** One arrival of one message at one consumer. */
export function applyDelivery(state: LedgerState, life: Life, event: EventOf<'delivered'>): void {
  const pane = paneOf(state, life.destination, event.consumer, event.group)
  if (!pane.listed && pane.reported === null && event.seq > state.snapshotSeq) listPane(pane)
  pane.arrivals += 1
  const arrival: Arrival = {
    life,
    pane,
    event,
    group: event.group ?? pane.consumer.group ?? null,
    state: firstState(event, life.destination),
    offset: event.address.kind === 'offset' ? Number(event.address.offset) : -1,
    ordinal: pane.arrivals,
    movedAt: null,
    movedBy: null,
    reason: null,
    kind: tallyArrival(life, pane, event),
    fromDeadLetters: pane.consumer.role === 'dead-letters',
    row: nextRow(pane.rows),
    stale: false,
    next: null,
    view: null,
  }
  countOfLoad(state, life)
  life.destination.counts.deliveries += 1
  meterDelivery(life.destination.meter, event.at, event.latencyMs)
  if (event.redelivered) life.destination.counts.redelivered += 1
  if (arrival.kind !== 'duplicate') pane.messages += 1
  if (event.carried !== undefined) applyCarried(state, life, event.carried)
  keepArrival(state, life, arrival)
  appendRow(pane.rows, arrival, state.rowsPerPane, state.limits.charsPerPane)
  touchPane(pane)
  touchLife(life)
  if (arrival.state === 'in-hand') keepOpen(state, arrival)
  if (arrival.state === 'read') awaitCommit(state, arrival)
  settleEarly(life, arrival)
}

/** An arrival begins by waiting for its consumer to settle it, or for its group's commit, or for nothing. */
function firstState({ inHand }: EventOf<'delivered'>, destination: DestinationRecord): DeliveryState {
  if (inHand) return 'in-hand'
  return commitsPositions(destination) ? 'read' : 'received'
}

/** A load's message counts once, however many consumers get it. */
function countOfLoad(state: LedgerState, { message, firstArrival, countedBefore }: Life): void {
  const { load } = message.content
  if (load === null || firstArrival !== null || countedBefore === 'seen') return
  state.seenOfLoad.set(load, (state.seenOfLoad.get(load) ?? 0) + 1)
}

function keepArrival(state: LedgerState, life: Life, arrival: Arrival): void {
  if (life.lastArrival) life.lastArrival.next = arrival
  else life.firstArrival = arrival
  life.lastArrival = arrival
  life.arrivals += 1
  if (life.arrivals > state.limits.arrivalsPerLife) {
    life.firstArrival = life.firstArrival?.next ?? null
    life.arrivals -= 1
    life.earlier += 1
    return
  }
  if (!life.message.held) return
  life.message.weight += 1
  state.messageWeight += 1
  evict(state)
}

function keepOpen(state: LedgerState, arrival: Arrival): void {
  const { pane, event } = arrival
  pane.open.set(event.delivery, arrival)
  pane.inHand = null
  if (pane.open.size <= state.limits.unsettled) return
  for (const oldest of pane.open.values()) {
    // Too many to follow: its settlement is no longer watched for.
    setState(oldest, 'unknown', { at: event.at, evidence: 'inferred' })
    break
  }
}
