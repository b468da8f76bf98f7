import type { DestinationRecord } from '../model/records.ts'

/**
 * When the destination's queue was last found empty: everything the broker took before has left it. Null while something
 * is in it, or may be, and where there is no queue.
 */
export function queueDrainedAt({ facts }: DestinationRecord): number | null {
  if (facts?.facts.mode !== 'queue') return null
  const { ready, unacked, unackedMaxAgeMs } = facts.facts
  return ready === 0 && unacked === 0 ? facts.at - (unackedMaxAgeMs ?? 0) : null
}
