import type { EventOf } from '#lib/protocol/events.ts'
import type { DestinationRecord } from '../model/records.ts'
import { touchDestination } from '../store/destinations.ts'
import { addEventRow } from '../store/panes.ts'
import type { LedgerState } from '../store/state.ts'
import { groupNamed } from './commits.ts'

/** A group rebalances, or has rebalanced, its partitions. */
export function applyAssignment(
  state: LedgerState,
  destination: DestinationRecord,
  event: EventOf<'assignment'>,
): void {
  groupNamed(destination, event.group).assignment = event
  const rebalancing = new Map(destination.rebalancing)
  if (event.phase === 'rebalancing') rebalancing.set(event.group, event)
  else rebalancing.delete(event.group)
  destination.rebalancing = rebalancing
  for (const pane of destination.panes.values()) {
    const member = event.members.some(({ consumer }) => consumer === pane.consumer.name)
    if (!member && pane.consumer.group !== event.group) continue
    addEventRow(state, pane, { type: 'assignment', at: event.at, event })
  }
  touchDestination(destination)
}
