import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { allLanes, resetCounts, touchLane } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { isStreamGap, learnGap } from './notices.ts'

/** Epochs that are over: a straggler of one of them is no news. */
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

/** The server (or the room itself) started anew: numbers and counters begin again; rows and messages stay, behind a gap. */
export function beginEpoch(state: LedgerState, epoch: string): void {
  if (state.epoch !== null) state.gapOwed = true
  if (state.epoch !== null && state.epoch !== epoch) {
    state.pastEpochs = [...state.pastEpochs, state.epoch].slice(-PAST_EPOCHS_MAX)
  }
  state.epoch = epoch
  state.seq = 0
  state.snapshotSeq = 0
  state.newest = null
  for (const lane of allLanes(state)) {
    resetCounts(lane)
    lane.rebalancing = new Map()
    touchLane(lane)
  }
}

/** The first news of an epoch: when it does not itself say what is missing, that is said first. */
export function settleGap(state: LedgerState, event: RoomEvent): void {
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
  learnGap(state, gap)
}
