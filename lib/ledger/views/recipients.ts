import type { Arrival, DestinationRecord, Life, Pane } from '../model/records.ts'
import type { DeliveryState } from '../model/views.ts'
import { keepsForAbsent, panesInOrder } from '../store/destinations.ts'
import { arrivalsOf } from '../store/messages.ts'
import { isHere, joinedAt, stateAt } from '../store/panes.ts'

/** What one consumer got of one message. */
export interface Recipient {
  pane: Pane
  /** The newest arrival it still has, or finished. */
  has: Arrival | null
  /** Its newest arrival, whatever became of it; null when nothing arrived. */
  last: Arrival | null
  /** It was attached or paused when the message passed. */
  wasPresent: boolean
  /** It had joined by then, whether or not it was away when the message passed; or the message arrived here. */
  hadJoined: boolean
}

/** All consumers of a destination and what they got of a message, in the order of the screen, departed ones last. */
export interface Recipients {
  all: readonly Recipient[]
  /**
   * When the message passed: its first arrival here, else when it was written; not yet while its receipt is due. Where
   * nothing is kept, the earlier of the two: whoever joins after it was written does not get it.
   */
  passedAt: number
}

/** Such a consumer does not count as a recipient: it gets what the others gave up on. */
const readsDeadLetters = (pane: Pane): boolean => pane.consumer.role === 'dead-letters'

/** It was neither lost in a crash nor given back. */
const stillHas = (state: DeliveryState): boolean => state !== 'lost' && state !== 'requeued'

/** The receipt's time where there is one: a send may have waited for consumers to join, so `sentAt` comes too early. */
function writtenAt({ message, receipt }: Life): number {
  if (receipt === null) return Infinity
  const isAnswered = receipt.kind === 'published' || receipt.kind === 'unheard'
  return isAnswered ? receipt.at : (message.content.sentAt ?? message.firstAt)
}

function passedAtOf(destination: DestinationRecord, life: Life, firstArrival: number): number {
  if (firstArrival === Infinity) return writtenAt(life)
  const isGoneAtOnce = !keepsForAbsent(destination) && life.receipt?.kind === 'published'
  return isGoneAtOnce ? Math.min(firstArrival, writtenAt(life)) : firstArrival
}

/** It was there for the message and left the room afterwards: where nothing is kept, it was due a copy all the same. */
function hasLeftSince(pane: Pane, passedAt: number): boolean {
  if (pane.listed || readsDeadLetters(pane)) return false
  const last = pane.presence.at(-1)
  return last !== undefined && !isHere(last.state) && last.at > passedAt && isHere(stateAt(pane, passedAt))
}

export function recipientsOf(destination: DestinationRecord, life: Life): Recipients {
  const arrivals = arrivalsOf(life)
  const firstArrival = arrivals.reduce((at, arrival) => Math.min(at, arrival.event.at), Infinity)
  const passedAt = passedAtOf(destination, life, firstArrival)
  const byPane = new Map<Pane, Recipient>()
  const recipient = (pane: Pane): Recipient => {
    const known = byPane.get(pane)
    if (known) return known
    const made: Recipient = {
      pane,
      has: null,
      last: null,
      wasPresent: isHere(stateAt(pane, passedAt)),
      hadJoined: joinedAt(pane) <= passedAt,
    }
    byPane.set(pane, made)
    return made
  }
  for (const pane of panesInOrder(destination)) if (!readsDeadLetters(pane)) recipient(pane)
  if (!keepsForAbsent(destination)) {
    for (const pane of destination.panes.values()) if (hasLeftSince(pane, passedAt)) recipient(pane)
  }
  for (const arrival of arrivals) {
    if (arrival.fromDeadLetters) continue
    const here = recipient(arrival.pane)
    here.wasPresent = true
    here.hadJoined = true
    if (!here.last || arrival.ordinal > here.last.ordinal) here.last = arrival
    if (stillHas(arrival.state) && (!here.has || arrival.ordinal > here.has.ordinal)) here.has = arrival
  }
  return { all: [...byPane.values()], passedAt }
}
