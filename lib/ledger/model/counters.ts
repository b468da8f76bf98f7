import type { Standing } from '#lib/protocol/events.ts'

/** How one arrival came, seen from its consumer. Every arrival is exactly one of these. */
export type ArrivalKind =
  /** The first arrival of this message here, with no higher number before it. */
  | 'first'
  /** The first arrival of this message here, after one with a higher number: out of order. */
  | 'late'
  /** This message arrived here before, whether the broker marks it as redelivered or not. */
  | 'duplicate'
  /** Its beginning was not seen or is no longer held, so whether it arrived here before is not known. */
  | 'unknown'

/** Where one message stands on one destination. Every message counts in at most one of these. */
export type Bucket = Standing['bucket']

/** The counts of one destination since the stream's epoch began. */
export interface DestinationTally extends Record<Bucket, number> {
  duplicates: number
  late: number
  /** Records that could not be read: one entry stands for all of a batch. */
  unreadable: number
  /** Messages that count as missed by consumers that were away: only where the system keeps nothing for them. */
  passed: number
  /** How many receipts came, whatever they said. */
  receipts: number
}

/** The counts of one consumer since the stream's epoch began. */
export interface PaneTally extends Record<ArrivalKind, number> {
  /** The highest number that arrived here; on a log, in each partition. */
  highest: number
  highestIn: Map<number, number> | null
  /** How many messages had passed the destination when it joined; null until it is known to have joined. */
  passedAtJoin: number | null
  /** Those after `passedAtJoin` that arrived here. */
  received: number
  away: boolean
  /** How many receipts had come at its destination when it was last found present: it is due what was written since. */
  hereSince: number
  /** At its last return: how many had passed, and how many of those it had not received. */
  passedAtReturn: number
  missed: number
}

/**
 * A destination's last minute in buckets of one second, and its newest latencies: rings of a fixed size. A bucket
 * belongs to the second in `second`; one of an older round counts as empty.
 */
export interface Meter {
  second: Float64Array
  arrivals: Float64Array
  /** What the broker reported in that second; NaN where it reported nothing. */
  depth: Float64Array
  lag: Float64Array
  buffered: Float64Array
  latency: Float64Array
  latencyAt: Float64Array
  latencies: number
}
