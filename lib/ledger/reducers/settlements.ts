import type { EventOf } from '#lib/protocol/events.ts'
import type {
  Arrival,
  DestinationRecord,
  EarlySettlement,
  Life,
  Pane,
  SettledState,
} from '../model/records.ts'
import type { LedgerState } from '../store/state.ts'
import { groupNamed } from './commits.ts'
import { type Moved, setState } from './delivery-state.ts'

type SettleEvent = EventOf<'acknowledged' | 'requeued' | 'rejected'>

/** Which settlement stands when an arrival has two. An ordinary stream has only one. */
const SETTLE_RANK: Record<SettledState, number> = { requeued: 1, rejected: 2, acknowledged: 3 }

/** Applies a settlement that was learned before its delivery. */
export function settleEarly(life: Life, arrival: Arrival): void {
  if (!life.early) return
  const mine = (early: EarlySettlement): boolean =>
    early.consumer === arrival.pane.consumer.name && early.delivery === arrival.event.delivery
  const early = life.early.find(mine)
  if (!early) return
  life.early = life.early.filter((other) => other !== early)
  setState(arrival, early.state, early)
}

/** The life of an unacked arrival whose message is no longer held: its row still is, and shows the settlement. */
export function releasedLife(destination: DestinationRecord, event: SettleEvent): Life | undefined {
  const open = destination.panes.get(event.consumer)?.open.get(event.delivery)
  if (!open || open.life.message.held || open.life.message.id !== event.messageId) return undefined
  return open.life
}

/** A consumer settled an arrival. That stands over whatever was inferred before. */
export function applySettlement(state: LedgerState, life: Life, event: SettleEvent): void {
  if (event.kind === 'acknowledged') life.destination.counts.acknowledged += 1
  const arrival = findArrival(life, event)
  if (arrival) {
    const before = arrival.state
    const outranked =
      (before === 'acknowledged' || before === 'rejected' || before === 'requeued') &&
      SETTLE_RANK[before] >= SETTLE_RANK[event.kind]
    if (!outranked) setState(arrival, event.kind, { ...event, reason: reasonOf(event) })
    return
  }
  const { consumer, delivery, kind, at, evidence } = event
  const early: EarlySettlement = { consumer, delivery, state: kind, at, evidence, reason: reasonOf(event) }
  const others = (life.early ?? []).filter(
    (other) => other.consumer !== early.consumer || other.delivery !== early.delivery,
  )
  const before = (life.early ?? []).find((other) => !others.includes(other))
  const stands = before && SETTLE_RANK[before.state] >= SETTLE_RANK[early.state] ? before : early
  life.early = [...others, stands].slice(-state.limits.arrivalsPerLife)
}

const reasonOf = (event: SettleEvent): string | undefined =>
  event.kind === 'acknowledged' ? undefined : event.reason

/** The arrival that a settlement is about: the open one, else the newest with that delivery number. */
function findArrival(life: Life, event: SettleEvent): Arrival | undefined {
  const pane = life.destination.panes.get(event.consumer)
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

/** The consumer's connection ended without a goodbye: it lost what it held unacked. */
export function loseUnacked(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'lost', inferred(at))
}

/** A consumer crashed: what it had read of a log without committing is lost to it, and its group will read that again. */
export function loseUncommitted(pane: Pane, group: string | undefined, at: number): void {
  if (group === undefined) return
  for (const progress of groupNamed(pane.destination, group).partitions.values()) {
    for (let index = progress.head; index < progress.queue.length; index += 1) {
      const arrival = progress.queue[index]
      if (arrival && arrival.pane === pane && arrival.state === 'read')
        setState(arrival, 'lost', inferred(at))
    }
  }
}

/** It left in good order: what it held unacked goes back to where it came from. */
export function requeueUnacked(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'requeued', inferred(at))
}

/** Events are missing: what became of unacked arrivals was not seen. */
export function forgetUnacked(pane: Pane, at: number): void {
  for (const arrival of [...pane.open.values()]) setState(arrival, 'unknown', inferred(at))
}
