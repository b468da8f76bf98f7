import type { Admin, Consumer } from 'kafkajs'
import { offsetsAt, type Place, readRanges } from './places.ts'
import type { Seen } from './seen.ts'

/** After so many fetches since a `seek`, kafkajs has certainly taken it up: one may have been under way. */
const FETCHES_UNTIL_SOUGHT = 2

/** Committed offsets by partition; null = the group never committed there. */
export async function committedOffsets(
  admin: Admin,
  group: string,
  topic: string,
): Promise<Map<number, string | null>> {
  const topics = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  const partitions = topics.find((entry) => entry.topic === topic)?.partitions ?? []
  return new Map(partitions.map(({ partition, offset }) => [partition, Number(offset) < 0 ? null : offset]))
}

export interface PositionsOptions {
  topic: string
  group: string
  /** Where a group that never committed starts. */
  from: Place
  /** It starts there whatever was committed before: once, not again after an outage. */
  startsAnew: boolean
  admin(): Admin
  seen: Seen
}

/**
 * Where a group that never committed starts, made certain: being a member is not being positioned. Between the join and the
 * first fetch kafkajs asks for "latest" by itself, and what is published meanwhile would never be delivered; and a group
 * that received nothing commits nothing, so that what is sent while it is away would be skipped when it comes back. So the
 * ends are read before joining, and each partition without a committed offset is held, committed at that end, and sought.
 */
export interface Positions {
  /** The group had read the topic before this consumer came; false until `prepare` has asked. */
  readonly hadRead: boolean
  /** Reads where a new group would start. Call before joining; only the first call asks. */
  prepare(): Promise<void>
  /** Those of a new share that must be held until `settle` has seen to them. */
  unsettled(partitions: readonly number[]): number[]
  /** Throws when the broker doesn't take the commit: the share may be over. `isCurrent` false: gives up. */
  settle(consumer: Consumer, partitions: readonly number[], isCurrent: () => boolean): Promise<void>
  /** Reads on from there, and makes the group remember it. Throws when the broker doesn't take the commit. */
  seek(consumer: Consumer, offsets: ReadonlyMap<number, string>): Promise<void>
  fetched(): void
}

export function createPositions(options: PositionsOptions): Positions {
  const { topic, group, from, startsAnew, admin, seen } = options
  /** Where to start each partition that existed at the beginning; later ones start at their first record. */
  let starts: ReadonlyMap<number, string> | undefined
  const committed = new Set<number>()
  /** partition → how many fetches there had been when it was sought */
  const sought = new Map<number, number>()
  let fetches = 0
  let hadRead = false

  const prepare = async () => {
    if (starts) return
    const ranges = await readRanges(admin(), seen, topic)
    const places = await offsetsAt(admin(), topic, from, ranges)
    if (!startsAnew) {
      for (const [partition, offset] of await committedOffsets(admin(), group, topic)) {
        if (offset !== null) committed.add(partition)
      }
    }
    hadRead = committed.size > 0
    starts = places
  }

  const place = (consumer: Consumer, partition: number, offset: string) => {
    consumer.seek({ topic, partition, offset })
    sought.set(partition, fetches)
    committed.add(partition)
  }

  const settle = async (consumer: Consumer, partitions: readonly number[], isCurrent: () => boolean) => {
    const known = await committedOffsets(admin(), group, topic)
    if (!isCurrent()) return
    const startOf = (partition: number) => starts?.get(partition) ?? '0'
    const isFresh = (partition: number) =>
      (known.get(partition) ?? null) === null || (startsAnew && !committed.has(partition))
    const fresh = partitions.filter(isFresh)
    if (fresh.length > 0) {
      await consumer.commitOffsets(
        fresh.map((partition) => ({ topic, partition, offset: startOf(partition) })),
      )
      if (!isCurrent()) return
    }
    for (const partition of partitions) {
      const at = fresh.includes(partition) ? startOf(partition) : known.get(partition)
      place(consumer, partition, at ?? startOf(partition))
    }
  }

  return {
    get hadRead() {
      return hadRead
    },
    prepare,
    // A seek that a rebalance overtook would be carried out when the partition comes back, however far it was read by then.
    unsettled: (partitions) =>
      partitions.filter((partition) => !committed.has(partition) || sought.has(partition)),
    settle,
    seek: async (consumer, offsets) => {
      for (const [partition, offset] of offsets) place(consumer, partition, offset)
      await consumer.commitOffsets([...offsets].map(([partition, offset]) => ({ topic, partition, offset })))
    },
    fetched: () => {
      if (sought.size === 0) return
      fetches++
      for (const [partition, at] of sought) if (fetches - at >= FETCHES_UNTIL_SOUGHT) sought.delete(partition)
    },
  }
}
