import { lanePanes } from './lanes.ts'
import { arrivalsOf } from './lives.ts'
import { stateAt } from './panes.ts'
import type { Arrival, Lane, Life, Pane } from './state.ts'
import type { DeliveryState } from './views.ts'

/** Where one consumer stands with one message. */
export interface Standing {
  pane: Pane
  /** The newest arrival it still has, or finished. */
  has: Arrival | null
  /** Its newest arrival, whatever became of it; null when nothing arrived. */
  last: Arrival | null
  /** It was attached or paused when the message passed. */
  wasThere: boolean
}

/** All consumers of a lane and where they stand with a message, in lane order, departed ones last. */
export interface Standings {
  all: readonly Standing[]
  /** When the message passed: its first arrival here, else when it was written; not yet while its receipt is due. */
  passedAt: number
}

/** It gets what the others gave up on, and never has a message in their stead. */
const readsDeadLetters = (pane: Pane): boolean => pane.consumer.role === 'dead-letters'

/** It was not taken away again by a crash and not given back. */
const stillHas = (state: DeliveryState): boolean => state !== 'lost' && state !== 'requeued'

/** A send may have waited for consumers to join: when it was asked for says nothing about who was there. */
function writtenAt({ message, told }: Life): number {
  if (told === null) return Infinity
  return told.kind === 'published' ? told.at : (message.content.sentAt ?? message.firstAt)
}

export function standingsOf(lane: Lane, life: Life): Standings {
  const arrivals = arrivalsOf(life)
  const firstArrival = arrivals.reduce((at, arrival) => Math.min(at, arrival.event.at), Infinity)
  const passedAt = firstArrival < Infinity ? firstArrival : writtenAt(life)
  const byPane = new Map<Pane, Standing>()
  const standing = (pane: Pane): Standing => {
    const known = byPane.get(pane)
    if (known) return known
    const state = stateAt(pane, passedAt)
    const made = { pane, has: null, last: null, wasThere: state === 'attached' || state === 'paused' }
    byPane.set(pane, made)
    return made
  }
  for (const pane of lanePanes(lane)) if (!readsDeadLetters(pane)) standing(pane)
  for (const arrival of arrivals) {
    if (arrival.dead) continue
    const here = standing(arrival.pane)
    here.wasThere = true
    if (!here.last || arrival.ordinal > here.last.ordinal) here.last = arrival
    if (stillHas(arrival.state) && (!here.has || arrival.ordinal > here.has.ordinal)) here.has = arrival
  }
  return { all: [...byPane.values()], passedAt }
}
