import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import type { Consumer, RoomSnapshot } from '#lib/protocol/room.ts'
import { tallyPresence } from '../counters/tally.ts'
import type { DestinationRecord, Pane } from '../model/records.ts'
import {
  allDestinations,
  declareDestination,
  destinationOf,
  listPane,
  touchConsumers,
  touchDestination,
  unlistPane,
} from '../store/destinations.ts'
import { addEventRow, dropPane, notePresence, paneOf, touchPane } from '../store/panes.ts'
import { dropDestination, forgetEarlier } from '../store/removals.ts'
import type { LedgerState } from '../store/state.ts'
import { loseUnacked, loseUncommitted, requeueUnacked } from './settlements.ts'

/**
 * What the room consists of: destinations and consumers. Events older than the last snapshot only add to
 * histories; the snapshot has said already what is now.
 */

export function applyConsumer(
  state: LedgerState,
  destination: DestinationRecord,
  event: EventOf<'consumer'>,
): void {
  const { now } = event
  const pane = paneOf(state, destination, event.consumer, now.group)
  const { reported } = pane
  const group = now.group ?? pane.consumer.group
  const held = pane.open.size
  if (now.state === 'crashed') {
    loseUnacked(pane, event.at)
    loseUncommitted(pane, group, event.at)
  } else if (now.state === 'attaching') {
    // Its connection was lost, and with it what it held unacked.
    loseUnacked(pane, event.at)
  } else if (now.state === 'detached') {
    leave(pane, now, event.at)
  }
  notePresence(state, pane, now.state, event.at)
  tallyPresence(pane, now)
  pane.reported = { state: now.state, reason: now.reason }
  if (event.seq > state.snapshotSeq) setConsumer(state, pane, now)
  if (reported === null || reported.state !== now.state || reported.reason !== now.reason) {
    addEventRow(state, pane, { type: 'state', at: event.at, event, held })
  }
  touchPane(pane)
  touchConsumers(destination)
}

/** When it was removed or its room sleeps, it left in good order; for any other reason it lost what it held. */
function leave(pane: Pane, now: Consumer, at: number): void {
  if (now.reason === undefined || now.reason === CONSUMER_REASONS.asleep) requeueUnacked(pane, at)
  else loseUnacked(pane, at)
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

export function applyDestination(
  state: LedgerState,
  destination: DestinationRecord,
  event: EventOf<'destination'>,
): void {
  if (event.seq <= state.snapshotSeq) {
    if (event.now === null) forgetEarlier(state, destination)
    return
  }
  declareDestination(destination, event.now)
  state.destinationList = null
  if (event.now === null) dropDestination(state, destination)
  // What went to this destination is said in the traces of the others.
  for (const sibling of state.destinations.get(event.system)?.values() ?? []) touchDestination(sibling)
}

/** The room as the server has it now. */
export function takeSnapshot(state: LedgerState, snapshot: RoomSnapshot): void {
  for (const destination of allDestinations(state)) {
    declareDestination(destination, null)
    for (const pane of destination.order) pane.listed = false
    destination.order = []
    touchConsumers(destination)
  }
  state.destinationList = null
  for (const destination of snapshot.destinations) {
    declareDestination(destinationOf(state, destination.system, destination.name), destination)
  }
  for (const consumer of snapshot.consumers) {
    const destination = destinationOf(state, consumer.system, consumer.destination)
    const pane = paneOf(state, destination, consumer.name, consumer.group)
    pane.consumer = consumer
    listPane(pane)
    touchPane(pane)
  }
  state.numbered = Math.max(state.numbered, snapshot.number)
  state.people = snapshot.people
  state.vote = snapshot.vote ?? null
  state.scores = snapshot.scores ?? []
  for (const broker of snapshot.brokers) state.brokers.set(broker.system, broker)
  state.lesson = snapshot.lesson ?? null
  state.loads = new Map(snapshot.loads.map((load) => [load.system, load]))
}
