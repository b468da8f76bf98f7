import type { Removals } from '#lib/protocol/counts.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Destination, LoadState, Person } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { Score, Vote } from '#lib/protocol/vote.ts'
import type { LedgerLimits } from '../model/limits.ts'
import type { DestinationRecord, Message, Pane } from '../model/records.ts'
import type { PersonChangeView } from '../model/views.ts'
import { createRecentEvents, type RecentEvents } from './recent-events.ts'
import { ReleasedNumbers } from './released-numbers.ts'

/** Everything one ledger holds: its destinations, panes and messages, and where the stream stands. */
export interface LedgerState {
  readonly limits: LedgerLimits
  version: number
  epoch: string | null
  pastEpochs: string[]
  seq: number
  /** When the newest event happened, by the server's clock. */
  lastAt: number
  /** Up to here a snapshot has said what the room is; older events only add to histories. */
  snapshotSeq: number
  /** A new epoch began and no event has said yet what is missing. */
  gapOwed: boolean
  /** By system and name. */
  destinations: Map<SystemId, Map<string, DestinationRecord>>
  lastDestination: DestinationRecord | null
  /** How often a destination was removed, by system and name (`removals.ts`). */
  removals: Map<string, Removals>
  panes: Map<string, Pane>
  rowsPerPane: number
  /** The list handed out last; null when it has changed. */
  destinationList: readonly Destination[] | null
  messages: Map<string, Message>
  /** The one that the last event was about: events of one message often come in a row. */
  lastMessage: Message | null
  /** Messages in the order in which they were learned of; those before `oldest` are let go of. */
  age: Message[]
  oldest: number
  releasedNumbers: ReleasedNumbers
  messageWeight: number
  messageChars: number
  newest: Message | null
  /** The newest that no load has made: what a person, or a program outside, wrote. */
  newestWritten: Message | null
  people: readonly Person[]
  lesson: RoomLesson | null
  /** The list that the last event of its kind held; null when none has come, or others are missing since. */
  peopleSeen: readonly Person[] | null
  personChanges: readonly PersonChangeView[]
  vote: Vote | null
  scores: readonly Score[]
  brokers: Map<SystemId, BrokerStatus>
  loads: Map<SystemId, LoadState>
  /** How many messages of a load arrived, by its id; of each system's newest only. */
  seenOfLoad: Map<string, number>
  recent: RecentEvents
  gaps: readonly EventOf<'gap'>[]
  /** How many events of the epoch the gaps of the stream leave out, together. */
  missingEvents: number
  /** The highest number of a message that the room is known to have given in this epoch. */
  numbered: number
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
    destinations: new Map(),
    lastDestination: null,
    removals: new Map(),
    panes: new Map(),
    rowsPerPane: limits.rowsPerPane,
    destinationList: null,
    messages: new Map(),
    lastMessage: null,
    age: [],
    oldest: 0,
    releasedNumbers: new ReleasedNumbers(),
    messageWeight: 0,
    messageChars: 0,
    newest: null,
    newestWritten: null,
    people: [],
    lesson: null,
    peopleSeen: null,
    personChanges: [],
    vote: null,
    scores: [],
    brokers: new Map(),
    loads: new Map(),
    seenOfLoad: new Map(),
    recent: createRecentEvents(limits.recent),
    gaps: [],
    missingEvents: 0,
    numbered: 0,
    faults: [],
  }
}
