import { meterView } from '../counters/meter.ts'
import type { CountedMessages } from '../model/count-views.ts'
import type { LedgerViews } from '../model/ledger-views.ts'
import { findDestination } from '../store/destinations.ts'
import type { LedgerState } from '../store/state.ts'
import { conversationOf } from './conversation.ts'
import { destinationView } from './destinations.ts'
import { messageView, newestIds } from './messages.ts'
import { onReturnOf } from './on-return.ts'
import { paneView } from './panes.ts'
import { searchMessages } from './search.ts'
import { countedInPane, countedInTally, paneTallyView, tallyView } from './tallies.ts'
import { traceView } from './trace.ts'

const NOTHING: CountedMessages = { messages: [], more: false }

/** The methods of `LedgerViews`; `ledger.ts` adds the plain values of the state. */
export const ledgerViews = (state: LedgerState) => ({
  ...roomViews(state),
  ...countViews(state),
})

type RoomViews = Pick<
  LedgerViews,
  | 'broker'
  | 'destination'
  | 'pane'
  | 'message'
  | 'newest'
  | 'newestWritten'
  | 'newestIds'
  | 'conversation'
  | 'trace'
  | 'load'
  | 'recent'
>

const roomViews = (state: LedgerState): RoomViews => ({
  broker: (system) => state.brokers.get(system),
  destination: (system, name) => {
    const destination = findDestination(state, system, name)
    return destination && destinationView(destination)
  },
  pane: (id) => {
    const pane = state.panes.get(id)
    return pane && paneView(pane)
  },
  message: (id) => {
    const message = state.messages.get(id)
    return message && messageView(message)
  },
  newest: () => {
    // The one with the highest number may be let go of while older ones still arrive.
    const newest = state.newest?.held ? state.newest : state.age.at(-1)
    return newest?.held ? messageView(newest) : undefined
  },
  newestWritten: () => (state.newestWritten?.held ? messageView(state.newestWritten) : undefined),
  newestIds: (limit) => newestIds(state, limit),
  conversation: (limit) => conversationOf(state, limit),
  trace: (system, name, messageId) => traceView(state, system, name, messageId),
  load: (system) => {
    const load = state.loads.get(system)
    return load && { ...load, seen: state.seenOfLoad.get(load.id) ?? 0 }
  },
  recent: state.recent.view,
})

type CountViews = Pick<
  LedgerViews,
  'tally' | 'paneTally' | 'countedIn' | 'countedInPane' | 'meter' | 'onReturn' | 'search'
>

/** These are computed anew at each call. */
const countViews = (state: LedgerState): CountViews => ({
  tally: (system, name) => {
    const destination = findDestination(state, system, name)
    return destination && tallyView(destination)
  },
  paneTally: (id) => {
    const pane = state.panes.get(id)
    return pane && paneTallyView(pane)
  },
  countedIn: (system, name, figure) => {
    const destination = findDestination(state, system, name)
    return destination ? countedInTally(state, destination, figure) : NOTHING
  },
  countedInPane: (id, figure) => {
    const pane = state.panes.get(id)
    return pane ? countedInPane(state, pane, figure) : NOTHING
  },
  meter: (system, name, now) => {
    const destination = findDestination(state, system, name)
    return destination && meterView(destination.meter, now)
  },
  onReturn: (id) => {
    const pane = state.panes.get(id)
    return pane ? onReturnOf(pane) : null
  },
  search: (query) => searchMessages(state, query),
})
