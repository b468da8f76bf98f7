import type { GroupFacts, LogFacts, QueueFacts } from '#lib/protocol/facts.ts'

/** Whoever has a mark on a log's strips: a group by its committed offsets, a reader without one by its place. */
export interface Marked {
  name: string
  lag: number | null
  committed: GroupFacts['committed']
}

/** How many messages the partitions keep. */
export const keptIn = (partitions: ReadonlyArray<{ low: string; end: string }>): number =>
  partitions.reduce((sum, { low, end }) => sum + Number(end) - Number(low), 0)

/** A reader's place is its distance from the end, whatever the broker calls its entries. */
function readerMark(facts: LogFacts, { consumer, lag }: LogFacts['readers'][number]): Marked {
  const committed = facts.partitions.map(({ partition, end }) => ({
    partition,
    offset: lag === null ? null : String(Math.max(0, Number(end) - lag)),
  }))
  return { name: consumer, lag, committed }
}

/** Groups first, in the order of the facts, so that a mark keeps its meaning; then readers on their own. */
export const markedIn = (facts: LogFacts): Marked[] => [
  ...facts.groups.map(({ group, lag, committed }) => ({ name: group, lag, committed })),
  ...facts.readers.map((reader) => readerMark(facts, reader)),
]

/** A queue that is a share of a log: what its workers have finished stands on its strips. */
export const sharedMark = ({ partitions, ready }: QueueFacts, name: string): Marked => ({
  name,
  lag: ready,
  committed: partitions.map(({ partition, committed }) => ({ partition, offset: committed })),
})
