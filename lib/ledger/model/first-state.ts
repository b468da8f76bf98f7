import type { EventOf } from '#lib/protocol/events.ts'
import type { DeliveryState } from './views.ts'

/**
 * The state in which an arrival begins. The event says whether it has to be settled; where it does not say (records of a
 * log, and recordings of older versions), its address does: a record with an offset is read and waits for a commit.
 */
export function firstState({ inHand, address, group }: EventOf<'delivered'>): DeliveryState {
  if (inHand !== undefined) return inHand ? 'in-hand' : 'received'
  if (address.kind === 'queue') return 'in-hand'
  if (address.kind === 'offset') return 'read'
  return address.kind === 'entry' && group !== undefined ? 'in-hand' : 'received'
}
