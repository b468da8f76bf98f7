import type { Counts } from '#lib/protocol/counts.ts'
import { newPast } from '../counters/past.ts'
import { destinationOf, touchDestination } from '../store/destinations.ts'
import { paneOf, touchPane } from '../store/panes.ts'
import type { LedgerState } from '../store/state.ts'

type DestinationCounts = Counts['destinations'][number]

/**
 * Goes on from what the server has counted of events that are missing here. Messages that are held count where events say
 * so from now on: each that goes on says where it counted before.
 */
export function applyCounts(state: LedgerState, counts: Counts): void {
  state.numbered = Math.max(state.numbered, counts.numbered)
  for (const { id, seen } of counts.loads) state.seenOfLoad.set(id, seen)
  for (const one of counts.destinations) applyDestinationCounts(state, one)
}

function applyDestinationCounts(state: LedgerState, one: DestinationCounts): void {
  const destination = destinationOf(state, one.system, one.destination)
  // Another object: no life that is held counts in it yet.
  const { unreadable = 0, receipts = 0 } = one.tally
  destination.tally = { ...one.tally, unreadable, receipts }
  destination.counts = { ...one.events }
  destination.messages = one.messages
  destination.waiting = new Set()
  const newestWaitingAt = one.newestWaitingAt ?? Number.NEGATIVE_INFINITY
  const { waiting } = one.tally
  const unchartedReceipts = one.waitingReceipts ?? null
  destination.past = { ...newPast(), waiting, uncharted: waiting, unchartedReceipts, newestWaitingAt }
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
