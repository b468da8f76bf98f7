import type { EventOf } from '#lib/protocol/events.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Destination, LoadState, Person } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { LedgerLimits } from './limits.ts'
import { createRecent, type Recent } from './recent.ts'
import type { Lane, Message, Pane } from './state.ts'

/** The one record that a ledger's reducers write to: all lanes, panes and messages, and where the stream stands. */
export interface LedgerState {
  readonly limits: LedgerLimits
  version: number
  epoch: string | null
  pastEpochs: string[]
  seq: number
  /** When the newest event happened, by the server's clock. */
  lastAt: number
  /** Up to here a snapshot already told what the room is; older events only add to histories. */
  snapshotSeq: number
  /** A new epoch began and nobody has said yet what is missing. */
  gapOwed: boolean
  lanes: Map<SystemId, Map<string, Lane>>
  lastLane: Lane | null
  panes: Map<string, Pane>
  rowsPerPane: number
  destinations: readonly Destination[] | null
  messages: Map<string, Message>
  /** The one the last event told of: events of one message come in a row. */
  lastMessage: Message | null
  /** Messages in the order in which they were first heard of, from `oldest` on. */
  age: Message[]
  oldest: number
  messageWeight: number
  messageChars: number
  newest: Message | null
  people: readonly Person[]
  brokers: Map<SystemId, BrokerStatus>
  loads: Map<SystemId, LoadState>
  /** How many messages of a load arrived, by its id; of each system's newest only. */
  seenOfLoad: Map<string, number>
  recent: Recent
  gaps: readonly EventOf<'gap'>[]
  faults: readonly EventOf<'fault'>[]
}

export function createState(limits: LedgerLimits): LedgerState {
  return {
    limits,
    version: 0,
    epoch: null,
    pastEpochs: [],
    seq: 0,
    lastAt: 0,
    snapshotSeq: 0,
    gapOwed: false,
    lanes: new Map(),
    lastLane: null,
    panes: new Map(),
    rowsPerPane: limits.rowsPerPane,
    destinations: null,
    messages: new Map(),
    lastMessage: null,
    age: [],
    oldest: 0,
    messageWeight: 0,
    messageChars: 0,
    newest: null,
    people: [],
    brokers: new Map(),
    loads: new Map(),
    seenOfLoad: new Map(),
    recent: createRecent(limits.recent),
    gaps: [],
    faults: [],
  }
}
