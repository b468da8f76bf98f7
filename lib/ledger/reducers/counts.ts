import type { Counts } from '#lib/protocol/counts.ts'
import { noneReleased } from '../counters/released-messages.ts'
import { destinationOf, touchDestination } from '../store/destinations.ts'
import { paneOf, touchPane } from '../store/panes.ts'
import { catchUpRemovals } from '../store/removals.ts'
import type { LedgerState } from '../store/state.ts'

type DestinationCounts = Counts['destinations'][number]

/**
 * Takes over what the server has counted of events that are missing here. From now on a message that is held here counts
 * only once another event of its life comes; that event says where the message counted before (its `standing`).
 */
export function applyCounts(state: LedgerState, counts: Counts): void {
  state.numbered = Math.max(state.numbered, counts.numbered)
  for (const { id, seen } of counts.loads) state.seenOfLoad.set(id, seen)
  catchUpRemovals(state, counts.removals ?? [])
  for (const one of counts.destinations) applyDestinationCounts(state, one)
}

function applyDestinationCounts(state: LedgerState, one: DestinationCounts): void {
  const destination = destinationOf(state, one.system, one.destination)
  // A new object: lives that are held refer to the old one, so that none of them counts in this one yet.
  const { unreadable = 0, receipts = 0 } = one.tally
  destination.tally = { ...one.tally, unreadable, receipts }
  destination.counts = { ...one.events }
  destination.messages = one.messages
  destination.waiting = new Set()
  const newestWaitingAt = one.newestWaitingAt ?? Number.NEGATIVE_INFINITY
  const { waiting } = one.tally
  const serverCountedReceipts = one.waitingReceipts ?? null
  destination.released = {
    ...noneReleased(),
    waiting,
    serverCounted: waiting,
    serverCountedReceipts,
    newestWaitingAt,
  }
  touchDestination(destination)
  for (const { name, group, arrivals, messages, settled, tally } of one.consumers) {
    const pane = paneOf(state, destination, name, group)
    pane.arrivals = arrivals
    pane.messages = messages
    pane.settled = settled
    const { highestIn, hereSince = 0 } = tally
    pane.tally = { ...tally, highestIn: highestIn && new Map(highestIn), hereSince }
    touchPane(pane)
  }
}
