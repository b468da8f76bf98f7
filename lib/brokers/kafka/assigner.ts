import type { Assigner, Cluster, PartitionAssigner } from 'kafkajs'
import { decodeSubscription, encodeAssignment, encodeSubscription } from './member-codec.ts'

/** The name that librdkafka, kafka-python and the Java client give their default: members must share one to share a group. */
const PROTOCOL_NAME = 'range'
const PROTOCOL_VERSION = 0

interface Subscriber {
  memberId: string
  topics: string[]
}

/**
 * Splits each topic's partitions into consecutive ranges over its subscribers in order of their member ids; the first ones
 * get one more where it doesn't come out even (as `RangeAssignor` of the Java client does).
 */
export function assignRanges(
  subscribers: readonly Subscriber[],
  partitionsOf: (topic: string) => number,
): Map<string, Record<string, number[]>> {
  const shares = new Map(subscribers.map(({ memberId }) => [memberId, {} as Record<string, number[]>]))
  const topics = new Set(subscribers.flatMap((subscriber) => subscriber.topics))
  for (const topic of topics) {
    const members = subscribers
      .filter((subscriber) => subscriber.topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort()
    const count = partitionsOf(topic)
    const each = Math.floor(count / members.length)
    const more = count % members.length
    let next = 0
    for (const [index, memberId] of members.entries()) {
      const size = each + (index < more ? 1 : 0)
      const range = Array.from({ length: size }, (_, offset) => next + offset)
      next += size
      const share = shares.get(memberId)
      if (share && size > 0) share[topic] = range
    }
  }
  return shares
}

/** Topics that only other members read are not known to our leader until it asks; one that doesn't exist has no partitions. */
async function learnTopics(
  cluster: Cluster,
  topics: Iterable<string>,
  onMissing: (topic: string, error: unknown) => void,
) {
  for (const topic of topics) {
    if (cluster.findTopicPartitionMetadata(topic).length > 0) continue
    try {
      await cluster.addTargetTopic(topic)
    } catch (error) {
      onMissing(topic, error)
    }
  }
}

/** kafkajs groups refuse other clients unless their assigner is named as theirs is. */
export const rangeAssigner: PartitionAssigner = ({ cluster, logger }): Assigner => ({
  name: PROTOCOL_NAME,
  version: PROTOCOL_VERSION,
  protocol: ({ topics }) => ({ name: PROTOCOL_NAME, metadata: encodeSubscription(topics) }),
  assign: async ({ members }) => {
    const subscribers = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: decodeSubscription(memberMetadata),
    }))
    await learnTopics(cluster, new Set(subscribers.flatMap(({ topics }) => topics)), (topic, error) =>
      logger.debug('a member reads a topic that is not there', { topic, error }),
    )
    const shares = assignRanges(subscribers, (topic) => cluster.findTopicPartitionMetadata(topic).length)
    return members.map(({ memberId }) => ({
      memberId,
      memberAssignment: encodeAssignment(shares.get(memberId) ?? {}),
    }))
  },
})
