import type { SystemId } from '#lib/protocol/names.ts'
import type { Bucket } from './counters.ts'
import type { ContentView } from './views.ts'

/** What screens read of the counters: tallies, the messages that make each count, rates, absences and searches. */

/** The counts of one destination, as `counters/tally.ts` defines them. `sent` = `seen + waiting + lost + moved + unknown`. */
export interface TallyView extends Record<Bucket, number> {
  sent: number
  duplicates: number
  late: number
  unreadable: number
}

/**
 * The counts of one consumer. `unique + duplicates + unknown` = its arrivals since the epoch began; `late` ones are
 * unique.
 */
export interface PaneTallyView {
  unique: number
  duplicates: number
  late: number
  unknown: number
  /** Passed without it, and kept nowhere; null where the system keeps what is sent to absent consumers. */
  missed: number | null
}

export type TallyFigure = 'sent' | Bucket | 'duplicates' | 'late' | 'unreadable'
export type PaneFigure = 'unique' | 'duplicates' | 'late' | 'unknown' | 'missed'

/** The messages that a figure counts, newest first, as far as they are still held. */
export interface CountedMessages {
  messages: readonly ContentView[]
  /** There are more than the list shows. */
  more: boolean
}

/** The last minute of one destination, oldest second first; the second that `now` lies in is the last. */
export interface MeterView {
  arrivals: readonly number[]
  /** Null where nothing was reported in that second. */
  depth: readonly (number | null)[]
  lag: readonly (number | null)[]
  buffered: readonly (number | null)[]
  /** Arrivals in the last whole second. */
  perSecond: number
  /** Of the newest latencies within the last minute, milliseconds; null where there are none. */
  p50: number | null
  p99: number | null
  /** How many latencies those were taken from. */
  samples: number
}

/**
 * What an absent consumer has to expect. `never`: that many passed during its absences and are kept nowhere.
 * `waits`: so many lie on the broker, by the broker's own count at `at`; `shared`: whoever comes first gets them.
 */
export type OnReturnView =
  | { kind: 'never'; count: number }
  | { kind: 'waits'; count: number; shared: boolean; at: number }

/**
 * What a person is looking for. `words`: each, separated by spaces, must be found, upper and lower case the same: in the
 * text, the sender or the key; `#42` is the message's number, `from:ada` its sender, `key:eu` its key.
 */
export interface SearchQuery {
  words: string
  system?: SystemId
  /** At most so many; the newest are found first. */
  limit: number
}

export interface SearchResult {
  messages: readonly ContentView[]
  /** How many match altogether, as far as they are held. */
  count: number
}
