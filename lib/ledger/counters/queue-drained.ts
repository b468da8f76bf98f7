import type { DestinationRecord } from '../model/records.ts'

/**
 * When the destination's queue was last found empty: everything the broker took before has left it. Null while something
 * is in it, or may be, and where there is no queue. Where the queue is made of partitions of a log, nobody holds a message
 * unacked: what is not ready lies before the committed offset.
 */
export function queueDrainedAt({ facts }: DestinationRecord): number | null {
  if (facts?.facts.mode !== 'queue') return null
  const { ready, unacked, unackedMaxAgeMs, partitions } = facts.facts
  const isEmpty = ready === 0 && (unacked === 0 || partitions.length > 0)
  return isEmpty ? facts.at - (unackedMaxAgeMs ?? 0) : null
}
