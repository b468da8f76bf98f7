import type { Arrival, Pane } from '../model/records.ts'

/**
 * The records that a consumer of a log reads again and again: of each partition the last that it read, where that came
 * before and is not committed. Everything behind it in the partition waits.
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
