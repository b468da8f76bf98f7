import type { Admin } from 'kafkajs'
import type { Seek } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Redeliveries } from './redeliveries.ts'

/** A position in a topic as people name it; `offset` means that offset in each partition, `at` Unix time in milliseconds. */
export type TopicPosition =
  | { to: 'latest' }
  | { to: 'earliest' }
  | { to: 'offset'; offset: string }
  | { to: 'time'; at: number }

/** The offsets that a partition holds: from `low` up to, and without, `end`. */
export interface OffsetRange {
  low: string
  end: string
}

/** What each partition holds now. */
export async function readRanges(
  admin: Admin,
  redeliveries: Redeliveries,
  topic: string,
): Promise<Map<number, OffsetRange>> {
  const compareEnds = redeliveries.beforeReadingEnds(topic)
  const offsets = await whileTopicsAreAdded(() => admin.fetchTopicOffsets(topic))
  compareEnds(new Map(offsets.map(({ partition, high }) => [partition, Number(high)])))
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low, end: high }]))
}

/** How often a request whose topic kafkajs lost is made again. Twelve topics made at once can lose it twice in a row. */
const REQUESTS_MAX = 12

/**
 * kafkajs keeps one list of topics for a client, and a request about a topic new to it replaces the list: a response under
 * way for another topic then finds nothing and fails with a TypeError. A later request finds it, once no topic is new.
 */
async function whileTopicsAreAdded<Offsets>(request: () => Promise<Offsets>): Promise<Offsets> {
  for (let made = 1; ; made += 1) {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof TypeError) || made === REQUESTS_MAX) throw error
    }
  }
}

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

const clamped = ({ low, end }: OffsetRange, offset: string): string => {
  const asked = BigInt(offset)
  if (asked < BigInt(low)) return low
  return asked > BigInt(end) ? end : offset
}

/** The offset that a position means in each partition, always within what the partition holds. */
export async function offsetsAt(
  admin: Admin,
  topic: string,
  position: TopicPosition,
  ranges: ReadonlyMap<number, OffsetRange>,
): Promise<Map<number, string>> {
  const each = (offsetIn: (range: OffsetRange, partition: number) => string) =>
    new Map([...ranges].map(([partition, range]) => [partition, offsetIn(range, partition)]))
  switch (position.to) {
    case 'latest':
      return each(({ end }) => end)
    case 'earliest':
      return each(({ low }) => low)
    case 'offset':
      return each((range) => clamped(range, position.offset))
    case 'time': {
      const found = await whileTopicsAreAdded(() => admin.fetchTopicOffsetsByTimestamp(topic, position.at))
      const at = new Map(found.map(({ partition, offset }) => [partition, offset]))
      // A partition without a record that late is read from its end.
      return each(({ end }, partition) => at.get(partition) ?? end)
    }
    default:
      return unreachable(position)
  }
}

/**
 * The offset that a seek means in each of a consumer's `own` partitions: it cannot move another's position. Throws AppError
 * `invalid`, `wrong-state` without partitions.
 */
export async function seekTarget(
  admin: Admin,
  redeliveries: Redeliveries,
  topic: string,
  own: readonly number[],
  seek: Seek,
): Promise<Map<number, string>> {
  if (own.length === 0) throw new AppError('wrong-state', 'it has no partition of its own to read from')
  const partitions = seek.to === 'offset' ? partitionsMeant(own, seek.partition) : own
  const all = await readRanges(admin, redeliveries, topic)
  const ranges = new Map([...all].filter(([partition]) => partitions.includes(partition)))
  if (seek.to === 'offset' && seek.partition !== undefined) checkInRange(seek.offset, seek.partition, ranges)
  return offsetsAt(admin, topic, positionOf(seek), ranges)
}

function positionOf(seek: Seek): TopicPosition {
  if (seek.to !== 'offset') return seek
  if (seek.offset.includes('-')) throw invalid('offset', 'an offset on Kafka is one number, such as 42')
  return { to: 'offset', offset: seek.offset }
}

function partitionsMeant(own: readonly number[], asked: number | undefined): readonly number[] {
  if (asked === undefined) return own
  if (own.includes(asked)) return [asked]
  throw invalid('partition', `partition ${asked} is not its own: it reads ${own.join(', ')}`)
}

function checkInRange(offset: string, partition: number, ranges: ReadonlyMap<number, OffsetRange>): void {
  const range = ranges.get(partition)
  if (!range) return
  const isInRange = BigInt(offset) >= BigInt(range.low) && BigInt(offset) <= BigInt(range.end)
  if (!isInRange)
    throw invalid('offset', `partition ${partition} holds offsets from ${range.low} up to ${range.end}`)
}

const invalid = (field: string, words: string) => new AppError('invalid', words, { detail: { field } })
