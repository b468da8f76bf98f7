import type { Arrival, Pane } from '../model/records.ts'

/**
 * The records at which a consumer of a log fails again and again: of each partition the last one that it read, where it is
 * a redelivery and not committed. Everything after it in the partition waits.
 */
export function failingAt(pane: Pane): Arrival[] {
  const { group } = pane.consumer
  const partitions = group === undefined ? undefined : pane.destination.groups.get(group)?.partitions
  if (partitions === undefined) return []
  return [...partitions.values()].flatMap(({ queue }) => {
    const last = queue.at(-1)
    return last && last.pane === pane && last.state === 'read' && last.event.redelivered ? [last] : []
  })
}
