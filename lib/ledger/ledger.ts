import type { Counts } from '#lib/protocol/counts.ts'
import type { LifeEvent, RoomEvent, Standing } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import type { LedgerViews } from './model/ledger-views.ts'
import { LEDGER_LIMITS, type LedgerLimits } from './model/limits.ts'
import { applyOwedGap, beginEpoch, isNews } from './reducers/epochs.ts'
import { reduce } from './reducers/reduce.ts'
import { takeSnapshot } from './reducers/room.ts'
import { forkState } from './store/fork.ts'
import { createState, type LedgerState } from './store/state.ts'
import { countsOf, standingOf } from './views/counts.ts'
import { destinationsOf } from './views/destinations.ts'
import { ledgerViews } from './views/ledger-views.ts'

/**
 * Computes every view from a room's events. Pure: no I/O, no clock, no timers; the same events give the same views.
 * The cost of an event is constant; a view is built when it is read, and stays the same object while nothing of it
 * changed. Memory is bounded by `LedgerLimits`.
 */
export interface Ledger extends LedgerViews {
  /** Applies one event. What was applied already (same epoch, `seq` not above the last) is ignored. */
  apply(event: RoomEvent): void
  applyAll(events: readonly RoomEvent[]): void
  /**
   * Applies what the server says the room is now. In the same epoch messages and rows stay; a new epoch also resets
   * numbers and counters. Older events applied later add to histories without undoing the snapshot.
   */
  reset(snapshot: RoomSnapshot): void
  /** Whether the message is held, at no cost. */
  holds(messageId: string): boolean
  /** What was counted of all events so far: a gap carries it to those who have not seen them. */
  counts(): Counts
  /** Where the message of an event, by its number, counts by the events so far; null where it does not. */
  standingOf(event: LifeEvent, number: number): Standing | null
  /** An independent copy of this ledger as it is now. */
  fork(): Ledger
}

/** No event is so late: one that is so much older than those before it was stamped by a clock that has been set back. */
const SET_BACK_MS = 60_000

export const createLedger = (limits: Partial<LedgerLimits> = {}): Ledger =>
  ledgerOn(createState({ ...LEDGER_LIMITS, ...limits }))

function ledgerOn(state: LedgerState): Ledger {
  const apply = (event: RoomEvent): void => {
    if (!isNews(state, event)) return
    const { seq, at } = event
    applyOwedGap(state, event)
    state.version += 1
    if (seq > state.seq) state.seq = seq
    state.recent.push(event)
    if (at > state.lastAt || at < state.lastAt - SET_BACK_MS) state.lastAt = at
    reduce(state, event)
  }
  return {
    ...ledgerViews(state),
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
    get personChanges() {
      return state.personChanges
    },
    get lesson() {
      return state.lesson
    },
    get vote() {
      return state.vote
    },
    get scores() {
      return state.scores
    },
    get messagesHeld() {
      return state.messages.size
    },
    get gaps() {
      return state.gaps
    },
    get missingEvents() {
      return state.missingEvents
    },
    get numbered() {
      return state.numbered
    },
    get faults() {
      return state.faults
    },
    apply,
    applyAll: (events) => {
      for (const event of events) apply(event)
    },
    reset: (snapshot) => {
      // A lower number within an epoch: the room was closed and created again under its name.
      if (snapshot.epoch !== state.epoch || snapshot.seq < state.seq) beginEpoch(state, snapshot.epoch)
      state.snapshotSeq = Math.max(state.snapshotSeq, snapshot.seq)
      state.version += 1
      takeSnapshot(state, snapshot)
    },
    holds: (messageId) => state.messages.has(messageId),
    counts: () => countsOf(state),
    standingOf: (event, number) => standingOf(state, event, number),
    fork: () => ledgerOn(forkState(state)),
  }
}
