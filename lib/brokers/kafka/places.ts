import type { Admin } from 'kafkajs'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Seen } from './seen.ts'

/** A place in a topic as people name it; `offset` means that offset in each partition. */
export type Place =
  | { to: 'latest' }
  | { to: 'earliest' }
  | { to: 'offset'; offset: string }
  | { to: 'time'; at: number }

export interface Range {
  low: string
  end: string
}

/** What each partition holds now. */
export async function readRanges(admin: Admin, seen: Seen, topic: string): Promise<Map<number, Range>> {
  const compare = seen.beforeReadingEnds(topic)
  const offsets = await offsetsOf(admin, topic)
  compare(new Map(offsets.map(({ partition, high }) => [partition, Number(high)])))
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low, end: high }]))
}

/**
 * kafkajs keeps one list of topics for a client, and asking about a topic that is new to it replaces the list: an answer that
 * is under way for another topic then finds nothing, and fails by a TypeError. Asked again, it is there.
 */
const offsetsOf = (admin: Admin, topic: string) =>
  admin.fetchTopicOffsets(topic).catch((error: unknown) => {
    if (error instanceof TypeError) return admin.fetchTopicOffsets(topic)
    throw error
  })

const within = ({ low, end }: Range, offset: string): string => {
  const asked = BigInt(offset)
  if (asked < BigInt(low)) return low
  return asked > BigInt(end) ? end : offset
}

/** The offset that a place means in each partition, never outside of what the partition holds. */
export async function offsetsAt(
  admin: Admin,
  topic: string,
  place: Place,
  ranges: ReadonlyMap<number, Range>,
): Promise<Map<number, string>> {
  const each = (offsetIn: (range: Range) => string) =>
    new Map([...ranges].map(([partition, range]) => [partition, offsetIn(range)]))
  switch (place.to) {
    case 'latest':
      return each(({ end }) => end)
    case 'earliest':
      return each(({ low }) => low)
    case 'offset':
      return each((range) => within(range, place.offset))
    case 'time': {
      // The end where nothing is so late.
      const found = await admin.fetchTopicOffsetsByTimestamp(topic, place.at)
      const at = new Map(found.map(({ partition, offset }) => [partition, offset]))
      return new Map([...ranges].map(([partition, range]) => [partition, at.get(partition) ?? range.end]))
    }
    default:
      return unreachable(place)
  }
}
