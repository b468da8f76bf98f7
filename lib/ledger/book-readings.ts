import { absenceOf } from './absence.ts'
import { findLane } from './lanes.ts'
import type { LedgerState } from './ledger-state.ts'
import { meterView } from './meter.ts'
import { searchMessages } from './search.ts'
import { type Behind, behindLane, behindPane, laneTally, paneTally } from './tally-views.ts'
import { keepsForAbsent } from './verdict.ts'
import type { LedgerViews } from './views.ts'

type BookReadings = Pick<
  LedgerViews,
  'tally' | 'paneTally' | 'behind' | 'behindPane' | 'meter' | 'absence' | 'search'
>

const NOTHING: Behind = { messages: [], more: false }

/** The readings of strips, meters, absences and searches. They are made afresh at each look. */
export const bookReadings = (state: LedgerState): BookReadings => ({
  tally: (system, destination) => {
    const lane = findLane(state, system, destination)
    return lane && laneTally(lane)
  },
  paneTally: (id) => {
    const pane = state.panes.get(id)
    return pane && paneTally(pane, pane.lane.destination === null || keepsForAbsent(pane.lane))
  },
  behind: (system, destination, figure) => {
    const lane = findLane(state, system, destination)
    return lane ? behindLane(state, lane, figure) : NOTHING
  },
  behindPane: (id, figure) => {
    const pane = state.panes.get(id)
    return pane ? behindPane(state, pane, figure) : NOTHING
  },
  meter: (system, destination, now) => {
    const lane = findLane(state, system, destination)
    return lane && meterView(lane.meter, now)
  },
  absence: (id) => {
    const pane = state.panes.get(id)
    return pane ? absenceOf(pane) : null
  },
  search: (wish) => searchMessages(state, wish),
})
