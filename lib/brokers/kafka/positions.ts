import type { Admin, Consumer } from 'kafkajs'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { type Hole, HoleReports } from './holes.ts'
import type { OffsetCommits } from './offset-commits.ts'
import {
  committedOffsets,
  offsetsAt,
  readRanges,
  seekTarget,
  type TopicPosition,
} from './partition-offsets.ts'
import { PartitionPauses } from './partition-pauses.ts'
import { RecordRetries } from './record-retries.ts'
import type { Redeliveries } from './redeliveries.ts'

/** After this many fetches since a `seek`, kafkajs has certainly applied it: one may have been under way. */
const FETCHES_UNTIL_SOUGHT = 2

export interface PositionsOptions {
  topic: string
  group: string
  /** Where a group that never committed starts. */
  from: TopicPosition
  /** It starts there whatever was committed before: once, not again after an outage. */
  startsAnew: boolean
  admin(): Admin
  redeliveries: Redeliveries
  /** Between what it, or its group, had and what comes next. */
  onHole(hole: Hole): void
  /** A partition ends before where it was to be read on. */
  onPastEnd(words: string): void
}

/** How far a consumer has read, as its batches see it. */
export interface ReadingPositions {
  readonly holes: HoleReports
  readonly retries: RecordRetries
  /** The offset at which it reads on; undefined while that is not known. */
  next(partition: number): number | undefined
  reached(partition: number, next: number): void
}

/**
 * Where a consumer reads in each partition, across its memberships: where its group starts, and where a seek moves it.
 *
 * A member is not positioned by joining. Between the join and the first fetch kafkajs resolves "latest" by itself, and what is
 * published meanwhile would never be delivered; a group that received nothing commits nothing, so that it would skip what is
 * sent while it is away. Therefore the ends are read before joining, and each partition without a committed offset is paused,
 * committed at that end, and sought.
 */
export class Positions implements ReadingPositions {
  readonly pauses: PartitionPauses
  readonly holes: HoleReports
  readonly retries: RecordRetries
  readonly #options: PositionsOptions
  /** Where to start each partition that existed at the beginning; later ones start at their first record. */
  #starts: ReadonlyMap<number, string> | undefined
  readonly #committed = new Set<number>()
  /** partition → how many fetches there had been when it was sought */
  readonly #sought = new Map<number, number>()
  /** partition → the offset at which it reads on, within the current assignment */
  readonly #next = new Map<number, number>()
  /** What its group had committed when the partitions were assigned. */
  #committedBefore: ReadonlyMap<number, string | null> = new Map()
  #learning = Promise.resolve()
  #fetches = 0
  #hadRead = false

  constructor(options: PositionsOptions) {
    this.#options = options
    this.pauses = new PartitionPauses(options.topic)
    this.retries = new RecordRetries(this.pauses)
    this.holes = new HoleReports(options.onHole)
  }

  readonly next = (partition: number): number | undefined => {
    const committed = this.#committedBefore.get(partition)
    return this.#next.get(partition) ?? (committed ? Number(committed) : undefined)
  }

  readonly reached = (partition: number, next: number): void => {
    this.#next.set(partition, next)
  }

  /** The group had read the topic before this consumer came; false until `prepare` has asked. */
  get hadRead(): boolean {
    return this.#hadRead
  }

  /** Reads where a new group would start. Call before joining; only the first call asks the broker. */
  async prepare(): Promise<void> {
    if (this.#starts) return
    const { topic, group, from, startsAnew, admin, redeliveries } = this.#options
    const ranges = await readRanges(admin(), redeliveries, topic)
    const starts = await offsetsAt(admin(), topic, from, ranges)
    if (!startsAnew) {
      for (const [partition, offset] of await committedOffsets(admin(), group, topic)) {
        if (offset !== null) this.#committed.add(partition)
      }
    }
    this.#hadRead = this.#committed.size > 0
    this.#starts = starts
  }

  /**
   * A new assignment: returns its partitions that stay paused until `positionAll` has positioned them. A partition that was just
   * sought is among them: kafkajs would apply that seek when the partition comes back, however far it was read by then.
   */
  assign(consumer: Consumer, partitions: readonly number[]): number[] {
    const unpositioned = partitions.filter(
      (partition) => !this.#committed.has(partition) || this.#sought.has(partition),
    )
    this.pauses.assign(consumer, unpositioned)
    this.retries.reset()
    // Others may have read on meanwhile.
    this.#next.clear()
    this.#committedBefore = new Map()
    return unpositioned
  }

  /** Markers and aborted records from `first` to `last`, and nothing else, were fetched. */
  passed(partition: number, first: number, last: number): void {
    const from = this.next(partition) ?? first
    // Fetched before a seek that is still to be applied.
    if (this.#sought.has(partition) && first !== from) return
    if (last < from) return
    this.holes.add({ partition, reason: 'transaction', from, to: last, missed: last - from + 1 })
    this.#next.set(partition, last + 1)
  }

  /** Asks where its group stood when the partitions were assigned; without an answer, what comes next is not compared with it. */
  learn(isCurrent: () => boolean): void {
    this.#learning = this.#askCommitted(isCurrent)
  }

  /** Throws when the broker refuses the commit: the assignment may be over. Gives up once `isCurrent` is false. */
  async positionAll(
    consumer: Consumer,
    partitions: readonly number[],
    isCurrent: () => boolean,
  ): Promise<void> {
    const { topic, group, startsAnew, admin } = this.#options
    const known = await committedOffsets(admin(), group, topic)
    if (!isCurrent()) return
    const startOf = (partition: number) => this.#starts?.get(partition) ?? '0'
    const isFresh = (partition: number) =>
      (known.get(partition) ?? null) === null || (startsAnew && !this.#committed.has(partition))
    const fresh = new Map(partitions.filter(isFresh).map((partition) => [partition, startOf(partition)]))
    if (fresh.size > 0) {
      await this.#commit(consumer, fresh)
      if (!isCurrent()) return
    }
    for (const partition of partitions) {
      this.#move(consumer, partition, fresh.get(partition) ?? known.get(partition) ?? startOf(partition))
    }
    this.pauses.positioned(partitions)
  }

  /**
   * Reads each partition that `seek` means on from there, and makes the group remember it by a commit. What was read before the
   * seek is committed first. `own`: the partitions of the current assignment. Throws AppError `invalid`, `wrong-state` without
   * partitions, or `isOver()` once the assignment is over; and the raw error when the broker refuses the commit.
   */
  async seek(
    consumer: Consumer,
    commits: OffsetCommits,
    seek: Seek,
    { own, isCurrent, isOver }: { own: readonly number[]; isCurrent(): boolean; isOver(): Error },
  ): Promise<void> {
    const { topic, admin, redeliveries } = this.#options
    const offsets = await seekTarget(admin(), redeliveries, topic, own, seek)
    if (!isCurrent()) throw isOver()
    const partitions = [...offsets.keys()]
    this.pauses.awaitPosition(partitions)
    try {
      await commits.flush()
      if (!isCurrent()) throw isOver()
      commits.drop(partitions)
      this.retries.reset()
      for (const [partition, offset] of offsets) this.#move(consumer, partition, offset)
      await this.#commit(consumer, offsets)
    } finally {
      if (isCurrent()) this.pauses.positioned(partitions)
    }
  }

  /**
   * The broker no longer has the offset at which a partition was to be read on: reads on from its first record, and reports
   * what was removed meanwhile. Rejects when the broker refuses.
   */
  async recover(
    consumer: Consumer,
    commits: OffsetCommits,
    partition: number,
    isCurrent: () => boolean,
  ): Promise<void> {
    const { topic, admin, redeliveries } = this.#options
    this.pauses.awaitPosition([partition])
    try {
      await this.#learning
      if (this.next(partition) === undefined) await this.#askCommitted(isCurrent)
      const next = this.next(partition)
      const range = (await readRanges(admin(), redeliveries, topic)).get(partition)
      if (!range || !isCurrent()) return
      commits.drop([partition])
      const low = Number(range.low)
      if (next !== undefined && low > next)
        this.holes.add({ partition, reason: 'retention', from: next, to: low - 1, missed: low - next })
      if (next !== undefined && next > Number(range.end))
        this.#options.onPastEnd(pastEndWords(partition, next, range.end))
      this.#move(consumer, partition, range.low)
      await this.#commit(consumer, new Map([[partition, range.low]]))
    } finally {
      if (isCurrent()) this.pauses.positioned([partition])
    }
  }

  /** Call with each fetch of the consumer. */
  readonly fetched = (): void => {
    if (this.#sought.size === 0) return
    this.#fetches++
    for (const [partition, at] of this.#sought) {
      if (this.#fetches - at >= FETCHES_UNTIL_SOUGHT) this.#sought.delete(partition)
    }
  }

  async #askCommitted(isCurrent: () => boolean): Promise<void> {
    const { admin, group, topic } = this.#options
    try {
      const committed = await committedOffsets(admin(), group, topic)
      if (isCurrent()) this.#committedBefore = committed
    } catch {
      // The broker is away, or the group is gone.
    }
  }

  #move(consumer: Consumer, partition: number, offset: string): void {
    consumer.seek({ topic: this.#options.topic, partition, offset })
    this.#sought.set(partition, this.#fetches)
    this.#committed.add(partition)
    this.#next.set(partition, Number(offset))
  }

  #commit(consumer: Consumer, offsets: ReadonlyMap<number, string>): Promise<void> {
    const { topic } = this.#options
    return consumer.commitOffsets([...offsets].map(([partition, offset]) => ({ topic, partition, offset })))
  }
}

const pastEndWords = (partition: number, next: number, end: string): string =>
  `partition ${partition} ends at offset ${end}, before ${next}, where reading was to go on: the topic was made again, or lost records. It is read from its beginning.`
