import type { Lane } from './state.ts'

/**
 * The lane's queue was found empty: whatever the broker took before this moment has left it. Null while something is in
 * it, or may be, and where there is no queue.
 */
export function emptiedAt({ facts }: Lane): number | null {
  if (facts?.facts.mode !== 'queue') return null
  const { ready, unacked, unackedMaxAgeMs } = facts.facts
  return ready === 0 && unacked === 0 ? facts.at - (unackedMaxAgeMs ?? 0) : null
}
