/** How one arrival came, seen from its consumer. Every arrival is exactly one of these. */
export type Came =
  /** The first arrival of this message here, with no higher number before it. */
  | 'first'
  /** The first arrival of this message here, behind one with a higher number: out of order. */
  | 'late'
  /** This message arrived here before: a duplicate, whether the broker marks it or not. */
  | 'again'
  /** Its beginning was not seen or is no longer held, so whether it arrived here before is not known. */
  | 'unknown'

/** Where one message stands on one destination. Every message counts in at most one of these. */
export type Bucket = 'seen' | 'waiting' | 'lost' | 'unknown' | 'moved' | 'refused' | 'outside'

/** The books of one lane since the stream's epoch began. */
export interface LaneBook extends Record<Bucket, number> {
  duplicates: number
  late: number
  /** Messages that passed and can be held against consumers that were away: only where nothing is kept. */
  passed: number
}

/** The books of one pane since the stream's epoch began. */
export interface PaneBook {
  first: number
  late: number
  again: number
  unknown: number
  /** The highest number that arrived here; on a log, in each partition. */
  highest: number
  highestIn: Map<number, number> | null
  /** How many messages had passed in the lane when it joined; null until it is known to have joined. */
  from: number | null
  /** Those after `from` that arrived here. */
  had: number
  away: boolean
  /** At its last return: how many had passed, and how many of those it had not had. */
  returnedAt: number
  missed: number
}

export const newLaneBook = (): LaneBook => ({
  seen: 0,
  waiting: 0,
  lost: 0,
  unknown: 0,
  moved: 0,
  refused: 0,
  outside: 0,
  duplicates: 0,
  late: 0,
  passed: 0,
})

export const newPaneBook = (): PaneBook => ({
  first: 0,
  late: 0,
  again: 0,
  unknown: 0,
  highest: 0,
  highestIn: null,
  from: null,
  had: 0,
  away: false,
  returnedAt: 0,
  missed: 0,
})
