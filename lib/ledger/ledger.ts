import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Destination, RoomSnapshot } from '#lib/protocol/room.ts'
import { bookReadings } from './book-readings.ts'
import { beginEpoch, isNews, settleGap } from './epochs.ts'
import { forkState } from './fork.ts'
import { allLanes, findLane, laneView } from './lanes.ts'
import { createState, type LedgerState } from './ledger-state.ts'
import { LEDGER_LIMITS, type LedgerLimits } from './limits.ts'
import { messageView } from './message-view.ts'
import { newestIds } from './newest-ids.ts'
import { paneView } from './panes.ts'
import { reduce } from './reduce.ts'
import { takeSnapshot } from './structure.ts'
import { traceView } from './trace.ts'
import type { LedgerViews } from './views.ts'

/**
 * Computes every view from a room's events. Pure: no I/O, no clock, no timers; the same events give the same views.
 * Cost per event is constant; views are built when looked at, and stay the same objects while nothing of theirs
 * changed. Memory is bounded by `LedgerLimits`.
 */
export interface Ledger extends LedgerViews {
  /** Applies one event. What was applied already (same epoch, `seq` not above the last) is ignored. */
  apply(event: RoomEvent): void
  applyAll(events: readonly RoomEvent[]): void
  /**
   * Takes over what the server says the room is now. In the same epoch messages and rows stay; a new epoch also
   * begins its numbers and counters anew. Older events applied later add to histories without undoing the snapshot.
   */
  reset(snapshot: RoomSnapshot): void
  /** Another ledger that knows what this one knows now; from here on each goes its own way. */
  fork(): Ledger
}

export const createLedger = (limits: Partial<LedgerLimits> = {}): Ledger =>
  ledgerOn(createState({ ...LEDGER_LIMITS, ...limits }))

function ledgerOn(state: LedgerState): Ledger {
  const apply = (event: RoomEvent): void => {
    if (!isNews(state, event)) return
    const { seq, at } = event
    settleGap(state, event)
    state.version += 1
    if (seq > state.seq) state.seq = seq
    state.recent.push(event)
    if (at > state.lastAt) state.lastAt = at
    reduce(state, event)
  }
  return {
    ...readings(state),
    ...bookReadings(state),
    get version() {
      return state.version
    },
    get epoch() {
      return state.epoch
    },
    get seq() {
      return state.seq
    },
    get lastAt() {
      return state.lastAt
    },
    get destinations() {
      return destinationsOf(state)
    },
    get people() {
      return state.people
    },
    get messagesHeld() {
      return state.messages.size
    },
    get gaps() {
      return state.gaps
    },
    get faults() {
      return state.faults
    },
    apply,
    applyAll: (events) => {
      for (const event of events) apply(event)
    },
    reset: (snapshot) => {
      // A number that went back within an epoch: the room was closed and made anew under its name.
      if (snapshot.epoch !== state.epoch || snapshot.seq < state.seq) beginEpoch(state, snapshot.epoch)
      state.snapshotSeq = Math.max(state.snapshotSeq, snapshot.seq)
      state.version += 1
      takeSnapshot(state, snapshot)
    },
    fork: () => ledgerOn(forkState(state)),
  }
}

type Readings = Pick<
  LedgerViews,
  'broker' | 'lane' | 'pane' | 'message' | 'newest' | 'newestIds' | 'trace' | 'load' | 'recent'
>

function readings(state: LedgerState): Readings {
  return {
    broker: (system) => state.brokers.get(system),
    lane: (system, destination) => {
      const lane = findLane(state, system, destination)
      return lane && laneView(lane)
    },
    pane: (id) => {
      const pane = state.panes.get(id)
      return pane && paneView(pane)
    },
    message: (id) => {
      const message = state.messages.get(id)
      return message && messageView(message)
    },
    newest: () => (state.newest?.held ? messageView(state.newest) : undefined),
    newestIds: (limit) => newestIds(state, limit),
    trace: (system, destination, messageId) => traceView(state, system, destination, messageId),
    load: (system) => {
      const load = state.loads.get(system)
      return load && { ...load, seen: state.seenOfLoad.get(load.id) ?? 0 }
    },
    recent: state.recent.view,
  }
}

function destinationsOf(state: LedgerState): readonly Destination[] {
  state.destinations ??= [...allLanes(state)].flatMap((lane) => (lane.destination ? [lane.destination] : []))
  return state.destinations
}
