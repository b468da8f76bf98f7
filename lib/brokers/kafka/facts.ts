import type { Admin } from 'kafkajs'
import { type GroupFacts, groupFacts, type LogFacts, logFacts } from '#lib/protocol/facts.ts'
import { decodeAssignment } from './member-codec.ts'
import { committedOffsets } from './positions.ts'
import type { Seen } from './seen.ts'
import { retentionOf } from './topology.ts'

/** Outside groups come and go at a person's pace; asking the broker for all of its groups is not for twice a second. */
const OTHER_GROUPS_EVERY_MS = 3_000
const RETENTION_EVERY_MS = 30_000
/** A broker shared with others may have thousands of groups: so many are looked at. */
const OTHER_GROUPS_MAX = 100

type Partition = LogFacts['partitions'][number]

export interface FactsOptions {
  seen: Seen
  admin(): Admin
  /** Groups that consumers of this process read the topic in, or did. */
  groupsOn(topic: string): string[]
  /** Groups of this process on any topic. */
  ownGroups(): ReadonlySet<string>
  /** The consumer of this process that is this member; undefined for all others. */
  consumerOf(memberId: string): string | undefined
}

interface Cached<T> {
  at: number
  value: T
}

/** Memory of what changes slowly, per topic. */
function createCache<T>(everyMs: number) {
  const held = new Map<string, Cached<T>>()
  return {
    get: async (key: string, read: () => Promise<T>): Promise<T> => {
      const cached = held.get(key)
      if (cached && Date.now() - cached.at < everyMs) return cached.value
      const value = await read()
      held.set(key, { at: Date.now(), value })
      return value
    },
    forget: (key: string) => void held.delete(key),
  }
}

function lagOf(
  partitions: readonly Partition[],
  committed: ReadonlyMap<number, string | null>,
): number | null {
  let lag = 0
  for (const { partition, end } of partitions) {
    const offset = committed.get(partition) ?? null
    if (offset === null) return null
    lag += Math.max(0, Number(end) - Number(offset))
  }
  return lag
}

const readsTopic = (group: Description, topic: string) =>
  group.members.some(({ memberAssignment }) => assignedTo(memberAssignment, topic).length > 0)

type Description = Awaited<ReturnType<Admin['describeGroups']>>['groups'][number]

/** Members of other protocols carry bytes of their own: no share that we could read. */
function assignedTo(assignment: Buffer, topic: string): number[] {
  try {
    return decodeAssignment(assignment).get(topic) ?? []
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

export function createFactsReader(options: FactsOptions) {
  const others = createCache<string[]>(OTHER_GROUPS_EVERY_MS)
  const retention = createCache<number | null>(RETENTION_EVERY_MS)

  /** Groups of other programs that have members or a position on the topic. */
  const findOthers = async (topic: string): Promise<string[]> => {
    const own = options.ownGroups()
    const { groups } = await options.admin().listGroups()
    const names = groups
      .filter(
        ({ protocolType, groupId }) =>
          (protocolType === 'consumer' || protocolType === '') && !own.has(groupId),
      )
      .map(({ groupId }) => groupId)
      .slice(0, OTHER_GROUPS_MAX)
    if (names.length === 0) return []
    const described = await options.admin().describeGroups(names)
    const on = await Promise.all(
      described.groups.map(async (group) => {
        if (readsTopic(group, topic)) return true
        const committed = await committedOffsets(options.admin(), group.groupId, topic)
        return [...committed.values()].some((offset) => offset !== null)
      }),
    )
    return described.groups.filter((_, index) => on[index]).map(({ groupId }) => groupId)
  }

  const factsOf = async (
    topic: string,
    description: Description,
    partitions: Promise<Partition[]>,
  ): Promise<GroupFacts> => {
    const committed = await committedOffsets(options.admin(), description.groupId, topic)
    const members = description.members.map(({ memberId, clientId, memberAssignment }) => {
      const consumer = options.consumerOf(memberId) ?? null
      return {
        consumer,
        clientId,
        outside: consumer === null,
        partitions: assignedTo(memberAssignment, topic),
      }
    })
    const ends = await partitions
    return groupFacts({
      group: description.groupId,
      state: description.state,
      members,
      committed: ends.map(({ partition }) => ({ partition, offset: committed.get(partition) ?? null })),
      lag: lagOf(ends, committed),
    })
  }

  const readPartitions = async (topic: string): Promise<Partition[]> => {
    const compare = options.seen.beforeReadingEnds(topic)
    const offsets = await options.admin().fetchTopicOffsets(topic)
    compare(new Map(offsets.map(({ partition, high }) => [partition, Number(high)])))
    return offsets
      .map(({ partition, low, high }) => ({ partition, low, end: high }))
      .sort((a, b) => a.partition - b.partition)
  }

  const readGroups = async (topic: string, partitions: Promise<Partition[]>): Promise<GroupFacts[]> => {
    const found = await others.get(topic, () => findOthers(topic))
    const names = [...new Set([...options.groupsOn(topic), ...found])]
    if (names.length === 0) return []
    const { groups } = await options.admin().describeGroups(names)
    const facts = await Promise.all(groups.map((group) => factsOf(topic, group, partitions)))
    return facts.sort((a, b) => a.group.localeCompare(b.group))
  }

  return {
    read: async (topic: string): Promise<LogFacts> => {
      const partitions = readPartitions(topic)
      const [ends, groups, retentionMs] = await Promise.all([
        partitions,
        readGroups(topic, partitions),
        retention.get(topic, async () => (await retentionOf(options.admin(), topic)) ?? null),
      ])
      return logFacts({ partitions: ends, groups, retentionMs })
    },
    forget: (topic: string) => {
      others.forget(topic)
      retention.forget(topic)
    },
  }
}
