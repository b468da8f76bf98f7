import type { Assigner, Cluster, Logger, PartitionAssigner } from 'kafkajs'
import { array, int16, int32, string, WireReader } from './wire.ts'

/** The name that librdkafka, kafka-python and the Java client give their default: the members of a group must agree on one. */
const PROTOCOL_NAME = 'range'
const PROTOCOL_VERSION = 0
/**
 * Version 0 of the consumer protocol, which every client reads (kafka.apache.org/protocol: ConsumerProtocolSubscription,
 * ConsumerProtocolAssignment). Later versions append fields, which readers of version 0 ignore.
 */
const MEMBER_VERSION = 0
const VERSION_BYTES = 2
const NO_USER_DATA = int32(0)

interface Subscriber {
  memberId: string
  topics: string[]
}

/**
 * The range assignor of the Java client, for kafkajs: its groups refuse other clients unless they name the same one. The
 * group's leader assigns for all members.
 */
export const rangeAssigner: PartitionAssigner = ({ cluster, logger }): Assigner => ({
  name: PROTOCOL_NAME,
  version: PROTOCOL_VERSION,
  protocol: ({ topics }) => ({ name: PROTOCOL_NAME, metadata: encodeSubscription(topics) }),
  assign: async ({ members }) => {
    const subscribers = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: decodeSubscription(memberMetadata),
    }))
    await learnTopics(cluster, logger, new Set(subscribers.flatMap(({ topics }) => topics)))
    const assignments = assignRanges(subscribers, (topic) => cluster.findTopicPartitionMetadata(topic).length)
    return members.map(({ memberId }) => ({
      memberId,
      memberAssignment: encodeAssignment(assignments.get(memberId) ?? {}),
    }))
  },
})

/**
 * Splits each topic's partitions into consecutive ranges over its subscribers in order of their member ids; the first ones
 * get one more where it doesn't come out even.
 */
export function assignRanges(
  subscribers: readonly Subscriber[],
  partitionsOf: (topic: string) => number,
): Map<string, Record<string, number[]>> {
  const assignments = new Map(subscribers.map(({ memberId }) => [memberId, {} as Record<string, number[]>]))
  const topics = new Set(subscribers.flatMap((subscriber) => subscriber.topics))
  for (const topic of topics) {
    const members = subscribers
      .filter((subscriber) => subscriber.topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort()
    const count = partitionsOf(topic)
    const each = Math.floor(count / members.length)
    const remainder = count % members.length
    let next = 0
    for (const [index, memberId] of members.entries()) {
      const size = each + (index < remainder ? 1 : 0)
      const range = Array.from({ length: size }, (_, offset) => next + offset)
      next += size
      const assigned = assignments.get(memberId)
      if (assigned && size > 0) assigned[topic] = range
    }
  }
  return assignments
}

/** The leader does not know topics that only other members read until it asks; one that doesn't exist has no partitions. */
async function learnTopics(cluster: Cluster, logger: Logger, topics: Iterable<string>): Promise<void> {
  for (const topic of topics) {
    if (cluster.findTopicPartitionMetadata(topic).length > 0) continue
    try {
      await cluster.addTargetTopic(topic)
    } catch (error) {
      logger.debug('a member subscribes to a topic that does not exist', { topic, error })
    }
  }
}

/** Which topics a member wants to read. */
export const encodeSubscription = (topics: readonly string[]): Buffer =>
  Buffer.concat([int16(MEMBER_VERSION), array(topics.map(string)), NO_USER_DATA])

export function decodeSubscription(bytes: Buffer): string[] {
  const reader = new WireReader(bytes)
  reader.skip(VERSION_BYTES)
  return reader.array(reader.string)
}

/** Which partitions of which topics a member was assigned. */
export const encodeAssignment = (assigned: Readonly<Record<string, readonly number[]>>): Buffer =>
  Buffer.concat([
    int16(MEMBER_VERSION),
    array(
      Object.entries(assigned).map(([topic, ids]) => Buffer.concat([string(topic), array(ids.map(int32))])),
    ),
    NO_USER_DATA,
  ])

/** Empty also for the empty bytes of a member that is still joining. Throws a RangeError for bytes that end too early. */
export function decodeAssignment(bytes: Buffer): Map<string, number[]> {
  if (bytes.length < VERSION_BYTES) return new Map()
  const reader = new WireReader(bytes)
  reader.skip(VERSION_BYTES)
  return new Map(reader.array(() => [reader.string(), reader.array(reader.int32)] as const))
}
