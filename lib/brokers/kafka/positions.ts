import type { Admin, Consumer } from 'kafkajs'
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
  from: 'latest' | 'earliest'
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
  /** Reads where a new group would start. Call before joining; only the first call asks. */
  prepare(): Promise<void>
  /** Those of a new share that must be held until `settle` has seen to them. */
  unsettled(partitions: readonly number[]): number[]
  /** Throws when the broker doesn't take the commit: the share may be over. `isCurrent` false: gives up. */
  settle(consumer: Consumer, partitions: readonly number[], isCurrent: () => boolean): Promise<void>
  fetched(): void
}

export function createPositions({ topic, group, from, admin, seen }: PositionsOptions): Positions {
  /** Where to start each partition that existed at the beginning; later ones start at their first record. */
  let starts: ReadonlyMap<number, string> | undefined
  const committed = new Set<number>()
  /** partition → how many fetches there had been when it was sought */
  const sought = new Map<number, number>()
  let fetches = 0

  const prepare = async () => {
    if (starts) return
    const compare = seen.beforeReadingEnds(topic)
    const offsets = await admin().fetchTopicOffsets(topic)
    compare(new Map(offsets.map(({ partition, high }) => [partition, Number(high)])))
    for (const [partition, offset] of await committedOffsets(admin(), group, topic)) {
      if (offset !== null) committed.add(partition)
    }
    starts = new Map(offsets.map(({ partition, low, high }) => [partition, from === 'earliest' ? low : high]))
  }

  const settle = async (consumer: Consumer, partitions: readonly number[], isCurrent: () => boolean) => {
    const known = await committedOffsets(admin(), group, topic)
    if (!isCurrent()) return
    const startOf = (partition: number) => starts?.get(partition) ?? '0'
    const fresh = partitions.filter((partition) => (known.get(partition) ?? null) === null)
    if (fresh.length > 0) {
      await consumer.commitOffsets(
        fresh.map((partition) => ({ topic, partition, offset: startOf(partition) })),
      )
      if (!isCurrent()) return
    }
    for (const partition of partitions) {
      consumer.seek({ topic, partition, offset: known.get(partition) ?? startOf(partition) })
      sought.set(partition, fetches)
      committed.add(partition)
    }
  }

  return {
    prepare,
    // A seek that a rebalance overtook would be carried out when the partition comes back, however far it was read by then.
    unsettled: (partitions) =>
      partitions.filter((partition) => !committed.has(partition) || sought.has(partition)),
    settle,
    fetched: () => {
      if (sought.size === 0) return
      fetches++
      for (const [partition, at] of sought) if (fetches - at >= FETCHES_UNTIL_SOUGHT) sought.delete(partition)
    },
  }
}
