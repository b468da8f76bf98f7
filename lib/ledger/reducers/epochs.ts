import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { allDestinations, resetCounts, touchDestination } from '../store/destinations.ts'
import { ReleasedNumbers } from '../store/released-numbers.ts'
import type { LedgerState } from '../store/state.ts'
import { applyGap, isStreamGap } from './gaps.ts'

/** Past epochs that are remembered: a late event of one of them is ignored. */
const PAST_EPOCHS_MAX = 8

/** Whether the event has not been applied yet. Begins its epoch when it is the first of a new one. */
export function isNews(state: LedgerState, event: RoomEvent): boolean {
  const { epoch } = event
  if (epoch !== state.epoch) {
    if (state.pastEpochs.includes(epoch)) return false
    beginEpoch(state, epoch)
  }
  return event.seq > state.seq || (state.gapOwed && isStreamGap(event))
}

/**
 * The server (or the room itself) started anew: numbers and counters begin again; rows and messages stay, with a gap
 * after them.
 */
export function beginEpoch(state: LedgerState, epoch: string): void {
  if (state.epoch !== null) state.gapOwed = true
  if (state.epoch !== null && state.epoch !== epoch) {
    state.pastEpochs = [...state.pastEpochs, state.epoch].slice(-PAST_EPOCHS_MAX)
  }
  state.epoch = epoch
  state.seq = 0
  state.snapshotSeq = 0
  state.newest = null
  state.missingEvents = 0
  state.numbered = 0
  state.removals = new Map()
  state.releasedNumbers = new ReleasedNumbers()
  for (const destination of allDestinations(state)) {
    resetCounts(destination)
    destination.rebalancing = new Map()
    touchDestination(destination)
  }
}

/** Adds the gap before the first event of a new epoch, unless that event is itself such a gap. */
export function applyOwedGap(state: LedgerState, event: RoomEvent): void {
  if (!state.gapOwed) return
  state.gapOwed = false
  if (isStreamGap(event)) return
  const gap: EventOf<'gap'> = {
    kind: 'gap',
    epoch: event.epoch,
    seq: event.seq - 1,
    at: event.at,
    room: event.room,
    evidence: 'inferred',
    from: null,
    to: event.seq - 1,
    reason: 'epoch',
  }
  applyGap(state, gap)
}
