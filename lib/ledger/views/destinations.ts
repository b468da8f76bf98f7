import type { Consumer, Destination } from '#lib/protocol/room.ts'
import type { DestinationRecord } from '../model/records.ts'
import type { DestinationCounts, DestinationView } from '../model/views.ts'
import { allDestinations, panesInOrder } from '../store/destinations.ts'
import type { LedgerState } from '../store/state.ts'

/** The room's destinations; the same array as long as none was added, changed or removed. */
export function destinationsOf(state: LedgerState): readonly Destination[] {
  state.destinationList ??= [...allDestinations(state)].flatMap(({ declared }) =>
    declared ? [declared] : [],
  )
  return state.destinationList
}

/** Undefined while the room has no such destination. */
export function destinationView(destination: DestinationRecord): DestinationView | undefined {
  const { declared, view } = destination
  if (!declared) return undefined
  const counts = countsOf(destination)
  if (view && view.counts === counts && view.messages === destination.messages) return view
  destination.view = {
    destination: declared,
    consumers: consumersOf(destination),
    facts: destination.facts,
    counts,
    messages: destination.messages,
    rebalancing: destination.rebalancing,
    mode: declared.mode,
  }
  return destination.view
}

function consumersOf(destination: DestinationRecord): readonly Consumer[] {
  destination.consumersView ??= panesInOrder(destination).map((pane) => pane.consumer)
  return destination.consumersView
}

function countsOf(destination: DestinationRecord): DestinationCounts {
  const { counts, countsView: seen } = destination
  const same =
    seen !== null &&
    seen.published === counts.published &&
    seen.unheard === counts.unheard &&
    seen.failed === counts.failed &&
    seen.deliveries === counts.deliveries &&
    seen.acknowledged === counts.acknowledged &&
    seen.redelivered === counts.redelivered
  if (same) return seen
  destination.countsView = { ...counts }
  return destination.countsView
}
