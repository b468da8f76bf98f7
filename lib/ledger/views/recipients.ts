import type { Arrival, DestinationRecord, Life, Pane } from '../model/records.ts'
import type { DeliveryState } from '../model/views.ts'
import { panesInOrder } from '../store/destinations.ts'
import { arrivalsOf } from '../store/messages.ts'
import { stateAt } from '../store/panes.ts'

/** What one consumer got of one message. */
export interface Recipient {
  pane: Pane
  /** The newest arrival it still has, or finished. */
  has: Arrival | null
  /** Its newest arrival, whatever became of it; null when nothing arrived. */
  last: Arrival | null
  /** It was attached or paused when the message passed. */
  wasPresent: boolean
}

/** All consumers of a destination and what they got of a message, in the order of the screen, departed ones last. */
export interface Recipients {
  all: readonly Recipient[]
  /** When the message passed: its first arrival here, else when it was written; not yet while its receipt is due. */
  passedAt: number
}

/** Such a consumer does not count as a recipient: it gets what the others gave up on. */
const readsDeadLetters = (pane: Pane): boolean => pane.consumer.role === 'dead-letters'

/** It was neither lost in a crash nor given back. */
const stillHas = (state: DeliveryState): boolean => state !== 'lost' && state !== 'requeued'

/** The receipt's time where there is one: a send may have waited for consumers to join, so `sentAt` comes too early. */
function writtenAt({ message, receipt }: Life): number {
  if (receipt === null) return Infinity
  return receipt.kind === 'published' ? receipt.at : (message.content.sentAt ?? message.firstAt)
}

export function recipientsOf(destination: DestinationRecord, life: Life): Recipients {
  const arrivals = arrivalsOf(life)
  const firstArrival = arrivals.reduce((at, arrival) => Math.min(at, arrival.event.at), Infinity)
  const passedAt = firstArrival < Infinity ? firstArrival : writtenAt(life)
  const byPane = new Map<Pane, Recipient>()
  const recipient = (pane: Pane): Recipient => {
    const known = byPane.get(pane)
    if (known) return known
    const state = stateAt(pane, passedAt)
    const made = { pane, has: null, last: null, wasPresent: state === 'attached' || state === 'paused' }
    byPane.set(pane, made)
    return made
  }
  for (const pane of panesInOrder(destination)) if (!readsDeadLetters(pane)) recipient(pane)
  for (const arrival of arrivals) {
    if (arrival.fromDeadLetters) continue
    const here = recipient(arrival.pane)
    here.wasPresent = true
    if (!here.last || arrival.ordinal > here.last.ordinal) here.last = arrival
    if (stillHas(arrival.state) && (!here.has || arrival.ordinal > here.has.ordinal)) here.has = arrival
  }
  return { all: [...byPane.values()], passedAt }
}
