import type { EventOf } from '#lib/protocol/events.ts'
import { CONSUMER_REASONS, type Consumer, type RoomSnapshot } from '#lib/protocol/room.ts'
import { handBack, loseInHand, loseUncommitted } from './arrivals.ts'
import { groupOf } from './commits.ts'
import { allLanes, laneOf, listPane, setDestination, touchConsumers, touchLane, unlistPane } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { addEventRow, dropPane, notePresence, paneOf, touchPane } from './panes.ts'
import type { Lane, Pane } from './state.ts'
import { tallyPresence } from './tally.ts'

/**
 * What the room consists of: destinations, consumers, share-outs. Events older than the last snapshot only add to
 * histories; what is now, the snapshot has told already.
 */

export function learnConsumer(state: LedgerState, lane: Lane, event: EventOf<'consumer'>): void {
  const { now } = event
  const pane = paneOf(state, lane, event.consumer, now.group)
  const { told } = pane
  const group = now.group ?? pane.consumer.group
  if (now.state === 'crashed') {
    loseInHand(pane, event.at)
    loseUncommitted(pane, group, event.at)
  } else if (now.state === 'attaching') {
    // It was cut off, not asked to leave: its connection took with it what it had in hand.
    loseInHand(pane, event.at)
  } else if (now.state === 'detached') {
    leave(pane, now, event.at)
  }
  notePresence(state, pane, now.state, event.at)
  tallyPresence(pane, now)
  pane.told = { state: now.state, reason: now.reason }
  if (event.seq > state.snapshotSeq) setConsumer(state, pane, now)
  if (told === null || told.state !== now.state || told.reason !== now.reason) {
    addEventRow(state, pane, { type: 'state', at: event.at, event })
  }
  touchPane(pane)
  touchConsumers(lane)
}

/** Taken away or asleep it left in good order; for any other reason it was given up, and what it held with it. */
function leave(pane: Pane, now: Consumer, at: number): void {
  if (now.reason === undefined || now.reason === CONSUMER_REASONS.asleep) handBack(pane, at)
  else loseInHand(pane, at)
}

function setConsumer(state: LedgerState, pane: Pane, now: Consumer): void {
  pane.consumer = now
  if (now.removed) depart(state, pane)
  else listPane(pane)
}

/** It left the room for good. Its rows are kept for a while, in case it comes back under its name. */
function depart(state: LedgerState, pane: Pane): void {
  unlistPane(pane)
  const departed = [...state.panes.values()].filter((other) => !other.listed)
  for (const oldest of departed.slice(0, Math.max(0, departed.length - state.limits.departedPanes))) {
    dropPane(state, oldest)
  }
}

export function learnDestination(state: LedgerState, lane: Lane, event: EventOf<'destination'>): void {
  if (event.seq <= state.snapshotSeq) return
  setDestination(lane, event.now)
  state.destinations = null
  if (event.now === null) dropLane(state, lane)
}

/** A destination made anew under that name is another one: it counts its offsets from the beginning. */
function dropLane(state: LedgerState, lane: Lane): void {
  for (const pane of [...lane.panes.values()]) dropPane(state, pane)
  state.lanes.get(lane.system)?.delete(lane.name)
  state.lastLane = null
}

/** A group's partitions are shared out anew. */
export function learnAssignment(state: LedgerState, lane: Lane, event: EventOf<'assignment'>): void {
  groupOf(lane, event.group).assignment = event
  const rebalancing = new Map(lane.rebalancing)
  if (event.phase === 'rebalancing') rebalancing.set(event.group, event)
  else rebalancing.delete(event.group)
  lane.rebalancing = rebalancing
  for (const pane of lane.panes.values()) {
    const member = event.members.some(({ consumer }) => consumer === pane.consumer.name)
    if (!member && pane.consumer.group !== event.group) continue
    addEventRow(state, pane, { type: 'assignment', at: event.at, event })
  }
  touchLane(lane)
}

/** The room as the server has it now. */
export function takeSnapshot(state: LedgerState, snapshot: RoomSnapshot): void {
  for (const lane of allLanes(state)) {
    setDestination(lane, null)
    for (const pane of lane.order) pane.listed = false
    lane.order = []
    touchConsumers(lane)
  }
  state.destinations = null
  for (const destination of snapshot.destinations) {
    setDestination(laneOf(state, destination.system, destination.name), destination)
  }
  for (const consumer of snapshot.consumers) {
    const lane = laneOf(state, consumer.system, consumer.destination)
    const pane = paneOf(state, lane, consumer.name, consumer.group)
    pane.consumer = consumer
    listPane(pane)
    touchPane(pane)
  }
  state.people = snapshot.people
  for (const broker of snapshot.brokers) state.brokers.set(broker.system, broker)
  state.loads = new Map(snapshot.loads.map((load) => [load.system, load]))
}
