import type { EventOf } from '#lib/protocol/events.ts'
import type { RoomLesson } from '#lib/protocol/lesson-state.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Destination, Person } from '#lib/protocol/room.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { Score, Vote } from '#lib/protocol/vote.ts'
import type {
  CountedMessages,
  MeterView,
  OnReturnView,
  PaneFigure,
  PaneTallyView,
  SearchQuery,
  SearchResult,
  TallyFigure,
  TallyView,
} from './count-views.ts'
import type { TraceView } from './trace-views.ts'
import type {
  ConversationView,
  DestinationView,
  LoadView,
  MessageView,
  PaneView,
  PersonChangeView,
  RecentEventsView,
} from './views.ts'

/** Everything that screens read. What is returned must be treated as immutable until the next `version`. */
export interface LedgerViews {
  readonly version: number
  readonly epoch: string | null
  readonly seq: number
  readonly destinations: readonly Destination[]
  readonly people: readonly Person[]
  /** Who joined, left and changed their name, as far back as is remembered, oldest first. */
  readonly personChanges: readonly PersonChangeView[]
  /** The lesson that goes on in the room. */
  readonly lesson: RoomLesson | null
  /** The room's question; null while nothing is asked. */
  readonly vote: Vote | null
  /** What people scored with the questions so far, the best first. */
  readonly scores: readonly Score[]
  broker(system: SystemId): BrokerStatus | undefined
  /** Undefined while the room has no destination of that name. */
  destination(system: SystemId, name: string): DestinationView | undefined
  pane(consumerId: string): PaneView | undefined
  /** Undefined when it was never seen or is no longer held. */
  message(messageId: string): MessageView | undefined
  /** The newest message, by number. */
  newest(): MessageView | undefined
  /** The newest, by number, that no load has made; undefined when none is held. */
  newestWritten(): MessageView | undefined
  /** The ids of the messages last learned of, at most `limit`, newest first. Costs what it returns. */
  newestIds(limit: number): readonly string[]
  /** How many messages are held. */
  readonly messagesHeld: number
  /**
   * What was said in the room, on all systems, in the order in which it was sent, oldest first: the newest `limit` messages
   * that people and programs wrote, with who joined and left between them. Messages of loads are counted.
   */
  conversation(limit: number): ConversationView
  trace(system: SystemId, destination: string, messageId: string | null): TraceView
  load(system: SystemId): LoadView | undefined
  /** The newest events as they came, except periodic ones (facts, people, load). */
  recent(): RecentEventsView
  /** When the newest event happened, by the server's clock, Unix time in milliseconds; 0 before the first. */
  readonly lastAt: number
  /** The counts that the ledger strips show (`counters/tally.ts`), and the messages that make each number. */
  tally(system: SystemId, destination: string): TallyView | undefined
  paneTally(consumerId: string): PaneTallyView | undefined
  countedIn(system: SystemId, destination: string, figure: TallyFigure): CountedMessages
  countedInPane(consumerId: string, figure: PaneFigure): CountedMessages
  /** The destination's last minute before `now`, in the time of the events. */
  meter(system: SystemId, destination: string, now: number): MeterView | undefined
  /** What an absent consumer has to expect; null when it is present or nothing is known. */
  onReturn(consumerId: string): OnReturnView | null
  /** Messages still held that match, newest first. */
  search(wish: SearchQuery): SearchResult
  /** Events that are known to be missing, newest last. */
  readonly gaps: readonly EventOf<'gap'>[]
  /** How many events of this epoch are missing, in all gaps of the stream together, as far as their sizes are known. */
  readonly missingEvents: number
  /** How many messages the room has numbered, whether or not they are held here. */
  readonly numbered: number
  readonly faults: readonly EventOf<'fault'>[]
}
