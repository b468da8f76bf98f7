import type { Counts } from '#lib/protocol/counts.ts'
import type { LifeEvent, Standing } from '#lib/protocol/events.ts'
import { hasReceived } from '../counters/buckets.ts'
import { hadReceived, recall, waitingReceipts } from '../counters/released-messages.ts'
import { isLossy } from '../counters/tally.ts'
import { receiptAt } from '../model/receipts.ts'
import type { DestinationRecord, Pane } from '../model/records.ts'
import { allDestinations, findDestination } from '../store/destinations.ts'
import { findLife } from '../store/messages.ts'
import type { LedgerState } from '../store/state.ts'

/** Everything that was counted, for somebody who has not seen the events (`reducers/counts.ts` goes on from it). */
export const countsOf = (state: LedgerState): Counts => ({
  numbered: state.numbered,
  destinations: [...allDestinations(state)].map(destinationCounts),
  removals: [...state.removals.values()],
  loads: Array.from(state.seenOfLoad, ([id, seen]) => ({ id, seen })),
})

const destinationCounts = (destination: DestinationRecord): Counts['destinations'][number] => ({
  system: destination.system,
  destination: destination.name,
  messages: destination.messages,
  newestWaitingAt: newestWaitingAt(destination),
  ...(isLossy(destination)
    ? { waitingReceipts: waitingReceipts(destination).map(([first, last]) => [first, last]) }
    : {}),
  tally: { ...destination.tally },
  events: { ...destination.counts },
  consumers: [...destination.panes.values()].map(consumerCounts),
})

function newestWaitingAt({ waiting, released }: DestinationRecord): number | null {
  let newest = released.waiting > 0 ? released.newestWaitingAt : Number.NEGATIVE_INFINITY
  for (const life of waiting) newest = Math.max(newest, receiptAt(life))
  return newest === Number.NEGATIVE_INFINITY ? null : newest
}

function consumerCounts(pane: Pane): Counts['destinations'][number]['consumers'][number] {
  const { consumer, arrivals, messages, settled, tally } = pane
  return {
    name: consumer.name,
    ...(consumer.group === undefined ? {} : { group: consumer.group }),
    ...{ arrivals, messages, settled },
    tally: { ...tally, highestIn: tally.highestIn && [...tally.highestIn] },
  }
}

/** Where a message counts on the event's destination by the events so far, and who received it; null where it does not. */
export function standingOf(state: LedgerState, event: LifeEvent, number: number): Standing | null {
  const destination = findDestination(state, event.system, event.destination)
  if (!destination) return null
  const message = state.messages.get(event.messageId)
  const life = message && findLife(message, event.system, event.destination)
  const held = life !== undefined && life.tally === destination.tally && life.bucket !== null ? life : null
  const known = held ?? recall(destination, number)
  if (known === null || known.bucket === null) return null
  const had = (pane: Pane): boolean => (held ? hasReceived(held, pane) : hadReceived(pane, number))
  const receivedBy = [...destination.panes.values()].filter(had).map(({ consumer }) => consumer.name)
  const { bucket, passNumber, receiptNumber } = known
  const waits = bucket === 'waiting' && isLossy(destination)
  return { bucket, passNumber, ...(waits ? { receiptNumber } : {}), receivedBy }
}
