import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { keptIn } from './marks-of-facts.ts'

/** How many messages the broker has on a destination now, and what that number counts; null where it does not say. */
export function keptNow(facts: Facts): { count: number; counts: 'kept' | 'waiting' } | null {
  switch (facts.mode) {
    case 'queue':
      if (facts.partitions.length > 0) return { count: keptIn(facts.partitions), counts: 'kept' }
      return facts.ready === null ? null : { count: facts.ready + (facts.unacked ?? 0), counts: 'waiting' }
    case 'log':
      return { count: keptIn(facts.partitions), counts: 'kept' }
    case 'fanout': {
      if (facts.partitions !== null) return null
      const count = facts.waiting.reduce((sum, { messages }) => sum + (messages ?? 0), 0)
      return { count, counts: facts.waiting.length === 0 ? 'kept' : 'waiting' }
    }
    default:
      return unreachable(facts)
  }
}
