import { type FanoutFacts, fanoutFacts, type GroupFacts, type QueueFacts, queueFacts } from '#lib/protocol/facts.ts'
import { behind, type Description, type Partition } from './group-facts.ts'

/**
 * A queue is what its one group has not read: where the group never committed, all of a partition, since that is where it
 * begins. Who holds what unsettled Kafka doesn't know: a record is read, and its position committed, or not.
 */
export function queueOf(partitions: readonly Partition[], workers: GroupFacts | undefined): QueueFacts {
  const committed = new Map(workers?.committed.map(({ partition, offset }) => [partition, offset]))
  const members = workers?.members ?? []
  return queueFacts({
    ready: partitions.reduce((ready, one) => ready + behind(one, committed.get(one.partition) ?? one.low), 0),
    unacked: null,
    consumers: members.length,
    durable: true,
    outside: members.filter(({ outside }) => outside).length,
    partitions: partitions.map((one) => ({ ...one, committed: committed.get(one.partition) ?? null })),
  })
}

/** How far one consumer's own group has got, by what the broker took of its commits. */
export interface Progress {
  consumer: string
  group: string
  commits: ReadonlyMap<number, string>
}

/** A fan-out is groups side by side: each that has a member is one subscriber, and has all of the topic to itself. */
export function fanoutOf(
  partitions: readonly Partition[],
  groups: readonly Description[],
  progress: readonly Progress[],
): FanoutFacts {
  const inUse = groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
  const own = new Set(progress.map(({ group }) => group))
  const waitingFor = ({ commits }: Progress): number | null => {
    // Not positioned yet: nothing is known of it.
    if (commits.size === 0) return null
    return partitions.reduce((sum, one) => sum + behind(one, commits.get(one.partition) ?? one.low), 0)
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
