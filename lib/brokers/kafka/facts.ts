import type { Admin } from 'kafkajs'
import {
  type Facts,
  type FanoutFacts,
  fanoutFacts,
  type GroupFacts,
  groupFacts,
  logFacts,
  type QueueFacts,
  queueFacts,
} from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { IntervalCache } from '../kit/interval-cache.ts'
import { decodeAssignment } from './assigner.ts'
import type { KafkaConsumer } from './consume.ts'
import type { ConsumerGroups } from './consumer-groups.ts'
import { committedOffsets, type OffsetRange, readRanges } from './partition-offsets.ts'
import type { Redeliveries } from './redeliveries.ts'
import { workerGroup } from './settings.ts'
import { retentionOf } from './topology.ts'

/** Outside groups come and go at a person's pace, and listing all groups of the broker is too dear for twice a second. */
const OUTSIDE_GROUPS_EVERY_MS = 3_000
const RETENTION_EVERY_MS = 30_000
/** How many outside groups are examined: a broker shared with others may have thousands. */
const OUTSIDE_GROUPS_MAX = 100
/** Describing a group costs the broker two answers: beyond this many, they are described less often. */
const MANY_GROUPS = 12
const MANY_GROUPS_EVERY_MS = 2_000

type GroupDescription = Awaited<ReturnType<Admin['describeGroups']>>['groups'][number]
type PartitionRange = OffsetRange & { partition: number }

export interface FactsOptions {
  redeliveries: Redeliveries
  consumers: ConsumerGroups
  admin(): Admin
}

/** Reads a topic's facts from the broker, as its mode counts them. */
export class FactsReader {
  readonly #options: FactsOptions
  readonly #outsideGroups = new IntervalCache<string[]>()
  readonly #retention = new IntervalCache<number | null>()
  readonly #descriptions = new IntervalCache<GroupDescription[]>()

  constructor(options: FactsOptions) {
    this.#options = options
  }

  read(topic: string, mode: Mode): Promise<Facts> {
    switch (mode) {
      case 'queue':
        return this.#readQueue(topic)
      case 'fanout':
        return this.#readFanout(topic)
      case 'log':
        return this.#readLog(topic)
      default:
        return unreachable(mode)
    }
  }

  forget(topic: string): void {
    this.#outsideGroups.forget(topic)
    this.#retention.forget(topic)
    this.#descriptions.forget(topic)
  }

  async #readQueue(topic: string): Promise<Facts> {
    const partitions = this.#readPartitions(topic)
    const readWorkers = async () => {
      const [workers] = await this.#describe([workerGroup(topic)])
      return workers && this.#readGroup(topic, workers, partitions)
    }
    const [ends, workers] = await Promise.all([partitions, readWorkers()])
    return queueOf(ends, workers)
  }

  async #readFanout(topic: string): Promise<Facts> {
    const { consumers } = this.#options
    const everyMs = consumers.groupsOn(topic).length > MANY_GROUPS ? MANY_GROUPS_EVERY_MS : 0
    const [ends, groups] = await Promise.all([
      this.#readPartitions(topic),
      this.#descriptions.get(topic, everyMs, () => this.#describeGroupsOn(topic)),
    ])
    return fanoutOf(ends, groups, consumers.membersOn(topic))
  }

  async #readLog(topic: string): Promise<Facts> {
    const partitions = this.#readPartitions(topic)
    const readGroups = async (): Promise<GroupFacts[]> => {
      const groups = await this.#describeGroupsOn(topic)
      const facts = await Promise.all(groups.map((group) => this.#readGroup(topic, group, partitions)))
      return facts.sort((a, b) => a.group.localeCompare(b.group))
    }
    const [ends, groups, retentionMs] = await Promise.all([
      partitions,
      readGroups(),
      this.#retention.get(topic, RETENTION_EVERY_MS, () => retentionOf(this.#options.admin(), topic)),
    ])
    return logFacts({ partitions: ends, groups, retentionMs })
  }

  /** The facts of one group. Reads its committed offsets while `partitions` is still being read. */
  async #readGroup(
    topic: string,
    { groupId: group, state, members }: GroupDescription,
    partitions: Promise<readonly PartitionRange[]>,
  ): Promise<GroupFacts> {
    const { admin, consumers } = this.#options
    const committed = await committedOffsets(admin(), group, topic)
    const ends = await partitions
    return groupFacts({
      group,
      state,
      members: members.map(({ memberId, clientId, memberAssignment }) => {
        const consumer = consumers.consumerOf(memberId) ?? null
        const assigned = assignedPartitions(memberAssignment, topic)
        return { consumer, clientId, outside: consumer === null, partitions: assigned }
      }),
      committed: ends.map(({ partition }) => ({ partition, offset: committed.get(partition) ?? null })),
      lag: lagOf(ends, committed),
      generation: consumers.generationOf(group),
    })
  }

  async #readPartitions(topic: string): Promise<PartitionRange[]> {
    const ranges = await readRanges(this.#options.admin(), this.#options.redeliveries, topic)
    return [...ranges]
      .map(([partition, range]) => ({ partition, ...range }))
      .sort((a, b) => a.partition - b.partition)
  }

  async #describe(groups: readonly string[]): Promise<GroupDescription[]> {
    return groups.length === 0 ? [] : (await this.#options.admin().describeGroups([...groups])).groups
  }

  async #describeGroupsOn(topic: string): Promise<GroupDescription[]> {
    const outside = await this.#outsideGroups.get(topic, OUTSIDE_GROUPS_EVERY_MS, () =>
      this.#findOutsideGroups(topic),
    )
    return this.#describe([...new Set([...this.#options.consumers.groupsOn(topic), ...outside])])
  }

  /** Groups of other programs that have members or a committed offset on the topic. */
  async #findOutsideGroups(topic: string): Promise<string[]> {
    const { admin, consumers } = this.#options
    const own = consumers.ownGroups()
    const { groups } = await admin().listGroups()
    const names = groups
      .filter(({ protocolType }) => protocolType === 'consumer' || protocolType === '')
      .map(({ groupId }) => groupId)
      .filter((group) => !own.has(group))
      .slice(0, OUTSIDE_GROUPS_MAX)
    const described = await this.#describe(names)
    const uses = await Promise.all(
      described.map(async (group) => {
        if (group.members.some((member) => assignedPartitions(member.memberAssignment, topic).length > 0))
          return true
        const committed = await committedOffsets(admin(), group.groupId, topic)
        return [...committed.values()].some((offset) => offset !== null)
      }),
    )
    return described.filter((_, index) => uses[index]).map(({ groupId }) => groupId)
  }
}

/** The number of records in a partition behind an offset. */
const recordsBehind = ({ end }: PartitionRange, offset: string): number =>
  Math.max(0, Number(end) - Number(offset))

/** Null where the group never committed in one of the partitions: only the group itself knows where it would start. */
function lagOf(
  partitions: readonly PartitionRange[],
  committed: ReadonlyMap<number, string | null>,
): number | null {
  let lag = 0
  for (const partition of partitions) {
    const offset = committed.get(partition.partition) ?? null
    if (offset === null) return null
    lag += recordsBehind(partition, offset)
  }
  return lag
}

/** Empty for members of other group protocols, whose bytes we cannot read. */
function assignedPartitions(assignment: Buffer, topic: string): number[] {
  try {
    return decodeAssignment(assignment).get(topic) ?? []
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

/**
 * A queue's ready messages are those its one group has not read: where the group never committed, all of the partition,
 * since it begins there. `unacked` is null: Kafka knows committed positions, not who holds which record.
 */
export function queueOf(partitions: readonly PartitionRange[], workers: GroupFacts | undefined): QueueFacts {
  const committed = new Map(workers?.committed.map(({ partition, offset }) => [partition, offset]))
  const members = workers?.members ?? []
  const readyIn = (one: PartitionRange) => recordsBehind(one, committed.get(one.partition) ?? one.low)
  return queueFacts({
    ready: partitions.reduce((ready, one) => ready + readyIn(one), 0),
    unacked: null,
    consumers: members.length,
    durable: true,
    outside: members.filter(({ outside }) => outside).length,
    partitions: partitions.map((one) => ({ ...one, committed: committed.get(one.partition) ?? null })),
  })
}

/** Each group that has a member is one subscriber of a fan-out, and reads all of the topic. */
export function fanoutOf(
  partitions: readonly PartitionRange[],
  groups: readonly { groupId: string; members: readonly unknown[] }[],
  consumers: readonly Pick<KafkaConsumer, 'spec' | 'committed'>[],
): FanoutFacts {
  const inUse = groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
  const own = new Set(consumers.map(({ spec }) => spec.group))
  /** Null until its position is known. */
  const waitingFor = (committed: ReadonlyMap<number, string>): number | null => {
    if (committed.size === 0) return null
    const behind = partitions.map((one) => recordsBehind(one, committed.get(one.partition) ?? one.low))
    return behind.reduce((sum, records) => sum + records, 0)
  }
  return fanoutFacts({
    subscribers: inUse.length,
    outputBuffers: [],
    outside: inUse.filter((group) => !own.has(group)).length,
    waiting: consumers
      .filter(({ spec }) => inUse.includes(spec.group))
      .map(({ spec, committed }) => ({ consumer: spec.name, messages: waitingFor(committed) })),
    partitions: partitions.length,
  })
}
