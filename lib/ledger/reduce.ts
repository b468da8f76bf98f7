import type { EventOf, LifeEvent, RoomEvent } from '#lib/protocol/events.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { learnDelivery, learnSettlement, releasedLife } from './arrivals.ts'
import { learnCommit } from './commits.ts'
import { laneOf, touchLane } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { learnEnd, learnReceipt, lifeOf } from './lives.ts'
import { messageOf } from './messages.ts'
import { meterFacts } from './meter.ts'
import { learnFault, learnGap } from './notices.ts'
import type { Lane, Life } from './state.ts'
import { learnAssignment, learnConsumer, learnDestination } from './structure.ts'
import { tallyFacts } from './tally.ts'

/** What one event changes. Events of one message's life may come in any order. */
export function reduce(state: LedgerState, event: RoomEvent): void {
  switch (event.kind) {
    case 'delivered':
      learnDelivery(state, lifeIn(state, event), event)
      break
    case 'acknowledged':
    case 'requeued':
    case 'rejected':
      learnSettlement(
        state,
        releasedLife(laneOf(state, event.system, event.destination), event) ?? lifeIn(state, event),
        event,
      )
      break
    case 'published':
    case 'refused':
    case 'returned':
    case 'unheard':
    case 'uncertain':
      learnReceipt(lifeIn(state, event), event)
      break
    case 'expired':
    case 'dead-lettered':
    case 'trimmed':
      learnEnd(lifeIn(state, event), event)
      break
    case 'gap':
      learnGap(state, event)
      break
    case 'fault':
      learnFault(state, event)
      break
    case 'broker':
    case 'people':
    case 'load':
      reduceRoom(state, event)
      break
    default:
      reducePlace(state, laneOf(state, event.system, event.destination), event)
  }
}

const lifeIn = (state: LedgerState, event: LifeEvent): Life =>
  lifeOf(messageOf(state, event), laneOf(state, event.system, event.destination), event)

type PlaceEvent = EventOf<'committed' | 'assignment' | 'consumer' | 'destination' | 'facts'>

function reducePlace(state: LedgerState, lane: Lane, event: PlaceEvent): void {
  switch (event.kind) {
    case 'committed':
      learnCommit(lane, event)
      break
    case 'assignment':
      learnAssignment(state, lane, event)
      break
    case 'consumer':
      learnConsumer(state, lane, event)
      break
    case 'destination':
      learnDestination(state, lane, event)
      break
    case 'facts':
      lane.facts = { facts: event.facts, at: event.at }
      tallyFacts(lane)
      meterFacts(lane.meter, event)
      touchLane(lane)
      break
    default:
      unreachable(event)
  }
}

/** Only each system's newest load is counted. */
function learnLoad(state: LedgerState, load: LoadState): void {
  const before = state.loads.get(load.system)
  if (before && before.id !== load.id) state.seenOfLoad.delete(before.id)
  state.loads.set(load.system, load)
}

function reduceRoom(state: LedgerState, event: EventOf<'broker' | 'people' | 'load'>): void {
  if (event.seq <= state.snapshotSeq) return
  if (event.kind === 'broker') state.brokers.set(event.system, event.now)
  else if (event.kind === 'load') learnLoad(state, event.now)
  else state.people = event.people
}
