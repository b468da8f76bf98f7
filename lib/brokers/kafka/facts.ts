import type { Admin } from 'kafkajs'
import { type Facts, type GroupFacts, logFacts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { type Description, type GroupFactsOptions, type Partition, readGroup, readsTopic } from './group-facts.ts'
import { workersOf } from './groups.ts'
import { fanoutOf, type Progress, queueOf } from './mode-facts.ts'
import { readRanges } from './places.ts'
import { committedOffsets } from './positions.ts'
import type { Seen } from './seen.ts'
import { retentionOf } from './topic-configs.ts'

/** Outside groups come and go at a person's pace; asking the broker for all of its groups is not for twice a second. */
const OTHER_GROUPS_EVERY_MS = 3_000
const RETENTION_EVERY_MS = 30_000
/** A broker shared with others may have thousands of groups: so many are looked at. */
const OTHER_GROUPS_MAX = 100
/** Each group costs the broker two answers for its description: beyond a few, seldom enough is better than at once. */
const MANY_GROUPS = 12
const MANY_GROUPS_EVERY_MS = 2_000

export interface FactsOptions extends GroupFactsOptions {
  seen: Seen
  admin(): Admin
  /** Groups that consumers of this process read the topic in, or did. */
  groupsOn(topic: string): string[]
  /** Groups of this process on any topic. */
  ownGroups(): ReadonlySet<string>
  /** The consumers of this process on the topic, those among them that crashed and are still members included. */
  commitsOn(topic: string): Progress[]
}

interface Cached<T> {
  at: number
  value: T
}

/** Memory of what changes slowly, per topic. */
function createCache<T>() {
  const held = new Map<string, Cached<T>>()
  return {
    get: async (key: string, everyMs: number, read: () => Promise<T>): Promise<T> => {
      const cached = held.get(key)
      if (cached && Date.now() - cached.at < everyMs) return cached.value
      const value = await read()
      held.set(key, { at: Date.now(), value })
      return value
    },
    forget: (key: string) => void held.delete(key),
  }
}

export function createFactsReader(options: FactsOptions) {
  const { admin, seen } = options
  const others = createCache<string[]>()
  const retention = createCache<number | null>()
  const descriptions = createCache<Description[]>()

  /** Groups of other programs that have members or a position on the topic. */
  const findOthers = async (topic: string): Promise<string[]> => {
    const own = options.ownGroups()
    const { groups } = await admin().listGroups()
    const names = groups
      .filter(
        ({ protocolType, groupId }) =>
          (protocolType === 'consumer' || protocolType === '') && !own.has(groupId),
      )
      .map(({ groupId }) => groupId)
      .slice(0, OTHER_GROUPS_MAX)
    const described = await describe(names)
    const on = await Promise.all(
      described.map(async (group) => {
        if (readsTopic(group, topic)) return true
        const committed = await committedOffsets(admin(), group.groupId, topic)
        return [...committed.values()].some((offset) => offset !== null)
      }),
    )
    return described.filter((_, index) => on[index]).map(({ groupId }) => groupId)
  }

  const describe = async (names: readonly string[]): Promise<Description[]> =>
    names.length === 0 ? [] : (await admin().describeGroups([...names])).groups

  const readPartitions = async (topic: string): Promise<Partition[]> => {
    const ranges = await readRanges(admin(), seen, topic)
    return [...ranges]
      .map(([partition, range]) => ({ partition, ...range }))
      .sort((a, b) => a.partition - b.partition)
  }

  const describeAll = async (topic: string): Promise<Description[]> => {
    const found = await others.get(topic, OTHER_GROUPS_EVERY_MS, () => findOthers(topic))
    return describe([...new Set([...options.groupsOn(topic), ...found])])
  }

  const readLog = async (topic: string) => {
    const partitions = readPartitions(topic)
    const readGroups = async (): Promise<GroupFacts[]> => {
      const groups = await describeAll(topic)
      const facts = await Promise.all(groups.map((group) => readGroup(options, topic, group, partitions)))
      return facts.sort((a, b) => a.group.localeCompare(b.group))
    }
    const [ends, groups, retentionMs] = await Promise.all([
      partitions,
      readGroups(),
      retention.get(topic, RETENTION_EVERY_MS, async () => (await retentionOf(admin(), topic)) ?? null),
    ])
    return logFacts({ partitions: ends, groups, retentionMs })
  }

  const readQueue = async (topic: string) => {
    const partitions = readPartitions(topic)
    const readWorkers = async () => {
      const [workers] = await describe([workersOf(topic)])
      return workers && readGroup(options, topic, workers, partitions)
    }
    const [ends, workers] = await Promise.all([partitions, readWorkers()])
    return queueOf(ends, workers)
  }

  const readFanout = async (topic: string) => {
    const everyMs = options.groupsOn(topic).length > MANY_GROUPS ? MANY_GROUPS_EVERY_MS : 0
    const [ends, groups] = await Promise.all([
      readPartitions(topic),
      descriptions.get(topic, everyMs, () => describeAll(topic)),
    ])
    return fanoutOf(ends, groups, options.commitsOn(topic))
  }

  return {
    read: async (topic: string, mode: Mode): Promise<Facts> => {
      switch (mode) {
        case 'queue':
          return readQueue(topic)
        case 'fanout':
          return readFanout(topic)
        case 'log':
          return readLog(topic)
        default:
          return unreachable(mode)
      }
    },
    forget: (topic: string) => {
      others.forget(topic)
      retention.forget(topic)
      descriptions.forget(topic)
    },
  }
}
