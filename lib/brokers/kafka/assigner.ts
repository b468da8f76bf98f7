import type { Assigner, Cluster, PartitionAssigner } from 'kafkajs'

/** The name that librdkafka, kafka-python and the Java client give their default: the members of a group must agree on one. */
const PROTOCOL_NAME = 'range'
const PROTOCOL_VERSION = 0
/**
 * Version 0 of the consumer protocol, which every client reads (kafka.apache.org/protocol: ConsumerProtocolSubscription,
 * ConsumerProtocolAssignment). Later versions append fields, which readers of version 0 ignore.
 */
const MEMBER_VERSION = 0
const VERSION_BYTES = 2

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
    await learnTopics(cluster, new Set(subscribers.flatMap(({ topics }) => topics)), (topic, error) =>
      logger.debug('a member subscribes to a topic that does not exist', { topic, error }),
    )
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

/** Which topics a member wants to read. */
export const encodeSubscription = (topics: readonly string[]): Buffer =>
  Buffer.concat([int16(MEMBER_VERSION), list(topics.map(text)), NO_USER_DATA])

export function decodeSubscription(bytes: Buffer): string[] {
  const cursor = createCursor(bytes)
  cursor.skip(VERSION_BYTES)
  return cursor.list(cursor.text)
}

/** Which partitions of which topics a member was assigned. */
export const encodeAssignment = (assigned: Readonly<Record<string, readonly number[]>>): Buffer =>
  Buffer.concat([
    int16(MEMBER_VERSION),
    list(Object.entries(assigned).map(([topic, ids]) => Buffer.concat([text(topic), list(ids.map(int32))]))),
    NO_USER_DATA,
  ])

/** Empty also for the empty bytes of a member that is still joining. Throws a RangeError for bytes that end too early. */
export function decodeAssignment(bytes: Buffer): Map<string, number[]> {
  if (bytes.length < VERSION_BYTES) return new Map()
  const cursor = createCursor(bytes)
  cursor.skip(VERSION_BYTES)
  return new Map(cursor.list(() => [cursor.text(), cursor.list(cursor.int32)] as const))
}

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
const list = (items: Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
const NO_USER_DATA = int32(0)

/** Reads past the end throw a RangeError: the bytes come from other programs. */
function createCursor(bytes: Buffer) {
  let at = 0
  const advance = (length: number): number => {
    const from = at
    at += length
    return from
  }
  const readInt32 = () => bytes.readInt32BE(advance(4))
  return {
    skip: (length: number) => void advance(length),
    int32: readInt32,
    text: (): string => {
      const length = bytes.readInt16BE(advance(2))
      const from = advance(Math.max(0, length))
      if (at > bytes.length) throw new RangeError('a member text that ends too early')
      return bytes.toString('utf8', from, at)
    },
    list: <T>(read: () => T): T[] => {
      const items: T[] = []
      for (let left = readInt32(); left > 0; left--) items.push(read())
      return items
    },
  }
}
