import type { Admin } from 'kafkajs'
import {
  type FanoutFacts,
  fanoutFacts,
  type GroupFacts,
  groupFacts,
  type QueueFacts,
  queueFacts,
} from '#lib/protocol/facts.ts'
import { decodeAssignment } from './assigner.ts'
import { committedOffsets } from './offsets.ts'

export type GroupDescription = Awaited<ReturnType<Admin['describeGroups']>>['groups'][number]

export interface PartitionRange {
  partition: number
  low: string
  end: string
}

/** How far one consumer's own group has got, by the commits that the broker confirmed. */
export interface Progress {
  consumer: string
  group: string
  /** partition → offset */
  commits: ReadonlyMap<number, string>
}

/** What only this process knows of groups. */
export interface GroupKnowledge {
  /** The consumer of this process that is this member; undefined for all others. */
  consumerOf(memberId: string): string | undefined
  /** The group's generation, where a consumer of this process knows it. */
  generationOf(group: string): number | null
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

export const readsTopic = (group: GroupDescription, topic: string): boolean =>
  group.members.some(({ memberAssignment }) => assignedPartitions(memberAssignment, topic).length > 0)

/** The facts of one group on a topic. Reads its committed offsets while `partitions` is still being read. */
export async function readGroup(
  admin: Admin,
  knowledge: GroupKnowledge,
  topic: string,
  description: GroupDescription,
  partitions: Promise<readonly PartitionRange[]>,
): Promise<GroupFacts> {
  const { groupId: group, state } = description
  const committed = await committedOffsets(admin, group, topic)
  const members = description.members.map(({ memberId, clientId, memberAssignment }) => {
    const consumer = knowledge.consumerOf(memberId) ?? null
    const assigned = assignedPartitions(memberAssignment, topic)
    return { consumer, clientId, outside: consumer === null, partitions: assigned }
  })
  const ends = await partitions
  return groupFacts({
    group,
    state,
    members,
    committed: ends.map(({ partition }) => ({ partition, offset: committed.get(partition) ?? null })),
    lag: lagOf(ends, committed),
    generation: knowledge.generationOf(group),
  })
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
  groups: readonly GroupDescription[],
  progress: readonly Progress[],
): FanoutFacts {
  const inUse = groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
  const own = new Set(progress.map(({ group }) => group))
  /** Null until its position is known. */
  const waitingFor = ({ commits }: Progress): number | null => {
    if (commits.size === 0) return null
    return partitions.reduce((sum, one) => sum + recordsBehind(one, commits.get(one.partition) ?? one.low), 0)
  }
  return fanoutFacts({
    subscribers: inUse.length,
    outputBuffers: [],
    outside: inUse.filter((group) => !own.has(group)).length,
    waiting: progress
      .filter(({ group }) => inUse.includes(group))
      .map((one) => ({ consumer: one.consumer, messages: waitingFor(one) })),
    partitions: partitions.length,
  })
}
