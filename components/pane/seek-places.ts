import type { Facts, LogFacts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'

/** One partition as a scrub bar shows it, and where the reader stands in it. */
export interface SeekPlace {
  partition: number
  low: number
  end: number
  /** The next position it reads; null where the broker does not say. */
  next: number | null
}

/** Entries that the broker names otherwise than by counting: an offset cannot be scrubbed to, a name can be typed. */
export const namesEntries = (facts: LogFacts): boolean =>
  facts.partitions.some(({ last }) => last !== undefined && !/^\d+$/.test(last))

function committedOf(facts: LogFacts, group: string | undefined, partition: number): number | null {
  const committed = facts.groups
    .find((one) => one.group === group)
    ?.committed.find((one) => one.partition === partition)?.offset
  return committed === null || committed === undefined ? null : Number(committed)
}

/** A reader without a group: where it stands is its distance from the end, whatever the broker calls its entries. */
function readerAt(facts: LogFacts, name: string, end: number): number | null {
  const lag = facts.readers.find(({ consumer }) => consumer === name)?.lag ?? null
  return lag === null ? null : end - lag
}

/** Where a consumer may be moved to: the partitions it owns, or, while it owns none, all of them. */
export function seekPlaces(
  facts: Facts | null | undefined,
  consumer: Consumer,
  owned: readonly number[],
): SeekPlace[] {
  if (facts?.mode !== 'log') return []
  const mine = facts.partitions.filter(({ partition }) => owned.length === 0 || owned.includes(partition))
  return mine.map(({ partition, low, end }) => ({
    partition,
    low: Number(low),
    end: Number(end),
    next: committedOf(facts, consumer.group, partition) ?? readerAt(facts, consumer.name, Number(end)),
  }))
}
