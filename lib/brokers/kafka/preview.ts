import type { Facts } from '#lib/protocol/facts.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { Draft, Preview, PreviewPlace } from '../contract.ts'
import { partitionOfKey } from './partitioner.ts'

const encoder = new TextEncoder()

function partitionsIn(facts: Facts): number | null {
  switch (facts.mode) {
    case 'queue':
    case 'log':
      return facts.partitions.length > 0 ? facts.partitions.length : null
    case 'fanout':
      return facts.partitions
    default:
      return unreachable(facts)
  }
}

/** The partition a key leads to, by the very function that sending uses; without a key they take turns. */
export function preview({ key }: Draft, { settings, facts }: PreviewPlace): Preview {
  const asked = typeof settings.partitions === 'number' ? settings.partitions : null
  const partitions = (facts && partitionsIn(facts)) ?? asked
  if (key === '' || partitions === null) return { kind: 'open' }
  return { kind: 'partition', partition: partitionOfKey(encoder.encode(key), partitions) }
}
