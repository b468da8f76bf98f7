import type { Admin } from 'kafkajs'
import { type GroupFacts, groupFacts } from '#lib/protocol/facts.ts'
import { decodeAssignment } from './member-codec.ts'
import { committedOffsets } from './positions.ts'

export type Description = Awaited<ReturnType<Admin['describeGroups']>>['groups'][number]

export interface Partition {
  partition: number
  low: string
  end: string
}

/** How much of a partition lies behind a position. */
export const behind = ({ end }: Partition, offset: string): number =>
  Math.max(0, Number(end) - Number(offset))

/** Null where the group never committed in one of the partitions: what it would read then is its own to say. */
function lagOf(
  partitions: readonly Partition[],
  committed: ReadonlyMap<number, string | null>,
): number | null {
  let lag = 0
  for (const partition of partitions) {
    const offset = committed.get(partition.partition) ?? null
    if (offset === null) return null
    lag += behind(partition, offset)
  }
  return lag
}

/** Members of other protocols carry bytes of their own: no share that we could read. */
export function assignedTo(assignment: Buffer, topic: string): number[] {
  try {
    return decodeAssignment(assignment).get(topic) ?? []
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

export const readsTopic = (group: Description, topic: string): boolean =>
  group.members.some(({ memberAssignment }) => assignedTo(memberAssignment, topic).length > 0)

export interface GroupFactsOptions {
  admin(): Admin
  /** The consumer of this process that is this member; undefined for all others. */
  consumerOf(memberId: string): string | undefined
  /** The group's generation, where a consumer of this process knows it. */
  generationOf(group: string): number | null
}

/** What the broker says of one group on a topic. */
export async function readGroup(
  { admin, consumerOf, generationOf }: GroupFactsOptions,
  topic: string,
  description: Description,
  partitions: Promise<readonly Partition[]>,
): Promise<GroupFacts> {
  const { groupId: group, state } = description
  const committed = await committedOffsets(admin(), group, topic)
  const members = description.members.map(({ memberId, clientId, memberAssignment }) => {
    const consumer = consumerOf(memberId) ?? null
    return {
      consumer,
      clientId,
      outside: consumer === null,
      partitions: assignedTo(memberAssignment, topic),
    }
  })
  const ends = await partitions
  return groupFacts({
    group,
    state,
    members,
    committed: ends.map(({ partition }) => ({ partition, offset: committed.get(partition) ?? null })),
    lag: lagOf(ends, committed),
    generation: generationOf(group),
  })
}
