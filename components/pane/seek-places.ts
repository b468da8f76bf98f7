import type { Facts, LogFacts } from '#lib/protocol/facts.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { unreachable } from '#lib/util/unreachable.ts'

/** One partition as a scrub bar shows it, and where the reader stands in it. */
export interface SeekPlace {
  partition: number
  low: number
  end: number
  /** The next position it reads; null where the broker does not say. */
  next: number | null
}

/** How many partitions the destination has; 0 where it has no such thing. */
export const partitionCount = (facts: Facts | null | undefined): number =>
  facts && facts.mode !== 'fanout' ? facts.partitions.length : 0

/** Entries have names of their own besides their count: one of those can be typed. */
export const namesEntries = (facts: Facts | null | undefined): boolean =>
  facts?.mode === 'log' && facts.partitions.some(({ last }) => last !== undefined && !/^\d+$/.test(last))

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

function placesIn(facts: Facts, { group, name }: Consumer): SeekPlace[] {
  switch (facts.mode) {
    case 'fanout':
      return []
    case 'queue':
      return facts.partitions.map(({ partition, low, end, committed }) => ({
        partition,
        low: Number(low),
        end: Number(end),
        next: committed === null ? null : Number(committed),
      }))
    case 'log':
      return facts.partitions.map(({ partition, low, end }) => ({
        partition,
        low: Number(low),
        end: Number(end),
        next: committedOf(facts, group, partition) ?? readerAt(facts, name, Number(end)),
      }))
    default:
      return unreachable(facts)
  }
}

/** Where a consumer may be moved to: the partitions it owns, or, while it owns none, all of them. */
export function seekPlaces(
  facts: Facts | null | undefined,
  consumer: Consumer,
  owned: readonly number[],
): SeekPlace[] {
  if (!facts) return []
  const all = placesIn(facts, consumer)
  return owned.length === 0 ? all : all.filter(({ partition }) => owned.includes(partition))
}
