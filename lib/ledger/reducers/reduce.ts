import type { EventOf, LifeEvent, RoomEvent } from '#lib/protocol/events.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { meterFacts } from '../counters/meter.ts'
import { tallyFacts } from '../counters/tally.ts'
import type { DestinationRecord, Life } from '../model/records.ts'
import { destinationOf, touchDestination } from '../store/destinations.ts'
import { lifeOf, messageOf } from '../store/messages.ts'
import type { LedgerState } from '../store/state.ts'
import { applyAssignment } from './assignments.ts'
import { applyCommit } from './commits.ts'
import { applyDelivery } from './deliveries.ts'
import { applyFault, applyGap } from './gaps.ts'
import { applyPeople } from './people.ts'
import { applyEnd, applyReceipt } from './receipts.ts'
import { applyConsumer, applyDestination } from './room.ts'
import { applySettlement, releasedLife } from './settlements.ts'

/** Applies one event. Events of one message's life may come in any order. */
export function reduce(state: LedgerState, event: RoomEvent): void {
  switch (event.kind) {
    case 'delivered':
      applyDelivery(state, lifeIn(state, event), event)
      break
    case 'acknowledged':
    case 'requeued':
    case 'rejected':
      applySettlement(
        state,
        releasedLife(destinationOf(state, event.system, event.destination), event) ?? lifeIn(state, event),
        event,
      )
      break
    case 'published':
    case 'refused':
    case 'returned':
    case 'unheard':
    case 'uncertain':
      applyReceipt(lifeIn(state, event), event)
      break
    case 'expired':
    case 'dead-lettered':
    case 'trimmed':
      applyEnd(lifeIn(state, event), event)
      break
    case 'gap':
      applyGap(state, event)
      break
    case 'fault':
      applyFault(state, event)
      break
    case 'people':
      applyPeople(state, event)
      break
    case 'broker':
    case 'load':
    case 'lesson':
    case 'vote':
      reduceRoom(state, event)
      break
    default:
      reduceDestination(state, destinationOf(state, event.system, event.destination), event)
  }
}

const lifeIn = (state: LedgerState, event: LifeEvent): Life =>
  lifeOf(messageOf(state, event), destinationOf(state, event.system, event.destination), event)

type DestinationEvent = EventOf<'committed' | 'assignment' | 'consumer' | 'destination' | 'facts'>

function reduceDestination(
  state: LedgerState,
  destination: DestinationRecord,
  event: DestinationEvent,
): void {
  switch (event.kind) {
    case 'committed':
      applyCommit(destination, event)
      break
    case 'assignment':
      applyAssignment(state, destination, event)
      break
    case 'consumer':
      applyConsumer(state, destination, event)
      break
    case 'destination':
      applyDestination(state, destination, event)
      break
    case 'facts':
      destination.facts = { facts: event.facts, at: event.at }
      tallyFacts(destination)
      meterFacts(destination.meter, event)
      touchDestination(destination)
      break
    default:
      unreachable(event)
  }
}

/** Only each system's newest load is counted. */
function applyLoad(state: LedgerState, load: LoadState): void {
  const before = state.loads.get(load.system)
  if (before && before.id !== load.id) state.seenOfLoad.delete(before.id)
  state.loads.set(load.system, load)
}

function reduceRoom(state: LedgerState, event: EventOf<'broker' | 'load' | 'lesson' | 'vote'>): void {
  if (event.seq <= state.snapshotSeq) return
  switch (event.kind) {
    case 'broker':
      state.brokers.set(event.system, event.now)
      break
    case 'load':
      applyLoad(state, event.now)
      break
    case 'lesson':
      state.lesson = event.now
      break
    case 'vote':
      state.vote = event.now
      if (event.scores) state.scores = event.scores
      break
    default:
      unreachable(event)
  }
}
