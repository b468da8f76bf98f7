import type { EventOf } from '#lib/protocol/events.ts'
import { awaitCommit, groupOf } from './commits.ts'
import { type Moved, setState } from './delivery-state.ts'
import { listPane } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { touchLife } from './lives.ts'
import { evict } from './messages.ts'
import { meterDelivery } from './meter.ts'
import { paneOf, touchPane } from './panes.ts'
import { appendRow, nextRow } from './rows.ts'
import type { Arrival, EarlySettlement, Lane, Life, Pane, SettledState } from './state.ts'
import { tallyArrival } from './tally.ts'
import type { DeliveryState } from './views.ts'

type SettleEvent = EventOf<'acknowledged' | 'requeued' | 'rejected'>

/** When a settlement is told twice, which stands. An ordinary stream never tells two. */
const SETTLE_RANK: Record<SettledState, number> = { requeued: 1, rejected: 2, acknowledged: 3 }

/** Where an arrival stands before anything else is told: as it says itself, else by the kind of place it came from. */
function firstState(event: EventOf<'delivered'>): DeliveryState {
  if (event.inHand !== undefined) return event.inHand ? 'in-hand' : 'received'
  if (event.address.kind === 'queue') return 'in-hand'
  if (event.address.kind === 'offset') return 'read'
  return event.address.kind === 'entry' && event.group !== undefined ? 'in-hand' : 'received'
}

/** One arrival of one message at one consumer. */
export function learnDelivery(state: LedgerState, life: Life, event: EventOf<'delivered'>): void {
  const pane = paneOf(state, life.lane, event.consumer, event.group)
  if (!pane.listed && pane.told === null && event.seq > state.snapshotSeq) listPane(pane)
  pane.arrivals += 1
  const arrival: Arrival = {
    life,
    pane,
    event,
    group: event.group ?? pane.consumer.group ?? null,
    state: firstState(event),
    offset: event.address.kind === 'offset' ? Number(event.address.offset) : -1,
    ordinal: pane.arrivals,
    movedAt: null,
    movedBy: null,
    came: tallyArrival(life, pane, event),
    dead: pane.consumer.role === 'dead-letters',
    row: nextRow(pane.rows),
    stale: false,
    next: null,
    view: null,
  }
  countOfLoad(state, life)
  life.lane.counts.deliveries += 1
  meterDelivery(life.lane.meter, event.at, event.latencyMs)
  if (event.redelivered) life.lane.counts.redelivered += 1
  if (!event.redelivered || !wasHere(life, pane)) pane.messages += 1
  keepArrival(state, life, arrival)
  appendRow(pane.rows, arrival, state.rowsPerPane, state.limits.charsPerPane)
  touchPane(pane)
  touchLife(life)
  if (arrival.state === 'in-hand') keepOpen(state, arrival)
  if (arrival.state === 'read') awaitCommit(state, arrival)
  settleEarly(life, arrival)
}

/** A load's message is seen once, however many consumers get it. */
function countOfLoad(state: LedgerState, { message, firstArrival }: Life): void {
  const { load } = message.content
  if (load === null || firstArrival !== null) return
  state.seenOfLoad.set(load, (state.seenOfLoad.get(load) ?? 0) + 1)
}

/** Only what is told to come again is looked up: a first time needs no search. */
function wasHere(life: Life, pane: Pane): boolean {
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.pane === pane) return true
  }
  return false
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
    // Too many to follow: whether it will be settled is not watched any more.
    setState(oldest, 'unknown', { at: event.at, evidence: 'inferred' })
    break
  }
}

/** A settlement that was learned before its delivery. */
function settleEarly(life: Life, arrival: Arrival): void {
  if (!life.early) return
  const mine = (early: EarlySettlement): boolean =>
    early.consumer === arrival.pane.consumer.name && early.delivery === arrival.event.delivery
  const early = life.early.find(mine)
  if (!early) return
  life.early = life.early.filter((other) => other !== early)
  setState(arrival, early.state, early)
}

/** An arrival in hand whose message is no longer held: its row still is, and its settlement belongs there. */
export function releasedLife(lane: Lane, event: SettleEvent): Life | undefined {
  const open = lane.panes.get(event.consumer)?.open.get(event.delivery)
  if (!open || open.life.message.held || open.life.message.id !== event.messageId) return undefined
  return open.life
}

/** A consumer settled an arrival. Its word stands over whatever was inferred before. */
export function learnSettlement(state: LedgerState, life: Life, event: SettleEvent): void {
  if (event.kind === 'acknowledged') life.lane.counts.acknowledged += 1
  const arrival = findArrival(life, event)
  if (arrival) {
    const before = arrival.state
    const outranked =
      (before === 'acknowledged' || before === 'rejected' || before === 'requeued') &&
      SETTLE_RANK[before] >= SETTLE_RANK[event.kind]
    if (!outranked) setState(arrival, event.kind, event)
    return
  }
  const { consumer, delivery, kind, at, evidence } = event
  const early: EarlySettlement = { consumer, delivery, state: kind, at, evidence }
  const others = (life.early ?? []).filter(
    (other) => other.consumer !== early.consumer || other.delivery !== early.delivery,
  )
  const told = (life.early ?? []).find((other) => !others.includes(other))
  const stands = told && SETTLE_RANK[told.state] >= SETTLE_RANK[early.state] ? told : early
  life.early = [...others, stands].slice(-state.limits.arrivalsPerLife)
}

/** The arrival that a settlement means: an open one at once, else the newest of that number. */
function findArrival(life: Life, event: SettleEvent): Arrival | undefined {
  const pane = life.lane.panes.get(event.consumer)
  if (!pane) return undefined
  const open = pane.open.get(event.delivery)
  if (open && open.life === life) return open
  let newest: Arrival | undefined
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) {
    if (arrival.event.delivery === event.delivery && arrival.pane === pane) newest = arrival
  }
  return newest
}

const inferred = (at: number): Moved => ({ at, evidence: 'inferred' })

/**
 * The consumer's connection is gone without a goodbye: what it had in hand is lost to it, and so is what it had read
 * of a log without committing, since its group will read that again.
 */
export function loseInHand(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'lost', inferred(at))
}

export function loseUncommitted(pane: Pane, group: string | undefined, at: number): void {
  if (group === undefined) return
  for (const mark of groupOf(pane.lane, group).marks.values()) {
    for (let index = mark.head; index < mark.queue.length; index += 1) {
      const arrival = mark.queue[index]
      if (arrival && arrival.pane === pane && arrival.state === 'read')
        setState(arrival, 'lost', inferred(at))
    }
  }
}

/** It left in good order: what it had in hand goes back to where it came from. */
export function handBack(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'requeued', inferred(at))
}

/** Events are missing: what became of arrivals in hand was not seen. */
export function forgetInHand(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'unknown', inferred(at))
}
