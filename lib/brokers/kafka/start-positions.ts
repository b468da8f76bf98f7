import type { Admin, Consumer } from 'kafkajs'
import { committedOffsets, offsetsAt, readRanges, type TopicPosition } from './offsets.ts'
import type { Redeliveries } from './redeliveries.ts'

/** After this many fetches since a `seek`, kafkajs has certainly applied it: one may have been under way. */
const FETCHES_UNTIL_SOUGHT = 2

export interface StartPositionsOptions {
  topic: string
  group: string
  /** Where a group that never committed starts. */
  from: TopicPosition
  /** It starts there whatever was committed before: once, not again after an outage. */
  startsAnew: boolean
  admin(): Admin
  redeliveries: Redeliveries
}

/**
 * Makes certain where a group that never committed starts, since a member is not positioned by joining. Between the join
 * and the first fetch kafkajs resolves "latest" by itself, and what is published meanwhile would never be delivered; a
 * group that received nothing commits nothing, so that it would skip what is sent while it is away. Therefore the ends are
 * read before joining, and each partition without a committed offset is paused, committed at that end, and sought.
 */
export class StartPositions {
  readonly #options: StartPositionsOptions
  /** Where to start each partition that existed at the beginning; later ones start at their first record. */
  #starts: ReadonlyMap<number, string> | undefined
  readonly #committed = new Set<number>()
  /** partition → how many fetches there had been when it was sought */
  readonly #sought = new Map<number, number>()
  #fetches = 0
  #hadRead = false

  constructor(options: StartPositionsOptions) {
    this.#options = options
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
   * The partitions of a new assignment that must stay paused until `settle` has positioned them. A partition that was just
   * sought is among them: kafkajs would apply that seek when the partition comes back, however far it was read by then.
   */
  unsettled(partitions: readonly number[]): number[] {
    return partitions.filter((partition) => !this.#committed.has(partition) || this.#sought.has(partition))
  }

  /** Throws when the broker refuses the commit: the assignment may be over. Gives up once `isCurrent` is false. */
  async settle(consumer: Consumer, partitions: readonly number[], isCurrent: () => boolean): Promise<void> {
    const { topic, group, startsAnew, admin } = this.#options
    const known = await committedOffsets(admin(), group, topic)
    if (!isCurrent()) return
    const startOf = (partition: number) => this.#starts?.get(partition) ?? '0'
    const isFresh = (partition: number) =>
      (known.get(partition) ?? null) === null || (startsAnew && !this.#committed.has(partition))
    const fresh = partitions.filter(isFresh)
    if (fresh.length > 0) {
      await consumer.commitOffsets(
        fresh.map((partition) => ({ topic, partition, offset: startOf(partition) })),
      )
      if (!isCurrent()) return
    }
    for (const partition of partitions) {
      const at = fresh.includes(partition) ? startOf(partition) : known.get(partition)
      this.#move(consumer, partition, at ?? startOf(partition))
    }
  }

  /** Reads on from these offsets, and makes the group remember them. Throws when the broker refuses the commit. */
  async seek(consumer: Consumer, offsets: ReadonlyMap<number, string>): Promise<void> {
    const { topic } = this.#options
    for (const [partition, offset] of offsets) this.#move(consumer, partition, offset)
    await consumer.commitOffsets([...offsets].map(([partition, offset]) => ({ topic, partition, offset })))
  }

  /** Call with each fetch of the consumer. */
  readonly fetched = (): void => {
    if (this.#sought.size === 0) return
    this.#fetches++
    for (const [partition, at] of this.#sought) {
      if (this.#fetches - at >= FETCHES_UNTIL_SOUGHT) this.#sought.delete(partition)
    }
  }

  #move(consumer: Consumer, partition: number, offset: string): void {
    consumer.seek({ topic: this.#options.topic, partition, offset })
    this.#sought.set(partition, this.#fetches)
    this.#committed.add(partition)
  }
}
