import type { TraceView } from '#lib/ledger/model/trace-views.ts'
import type { Address } from '#lib/protocol/address.ts'
import type { LogFacts } from '#lib/protocol/facts.ts'

export interface TracedPlace {
  partition: number
  offset: number
}

type Partition = LogFacts['partitions'][number]

/** Where the traced record lies on the strips, from its receipt or from whoever read it. Null: not known. */
export function tracedPlace(
  { receipt, cords }: Pick<TraceView, 'receipt' | 'cords'>,
  partitions: readonly Partition[],
): TracedPlace | null {
  const fromReceipt = receipt?.state === 'published' ? receipt.address : null
  const addresses = [fromReceipt, ...Array.from(cords.values(), ({ address }) => address)]
  for (const address of addresses) {
    const place = address && placeOf(address, partitions)
    if (place) return place
  }
  return null
}

function placeOf(address: Address, [partition]: readonly Partition[]): TracedPlace | null {
  if (address.kind === 'offset') return { partition: address.partition, offset: Number(address.offset) }
  if (address.kind !== 'entry' || !partition) return null
  const offset = offsetOf(address, partition)
  return offset === null ? null : { partition: partition.partition, offset }
}

/** An entry's place as a count: its own name where that counts, else as the facts or its reader report it. */
function offsetOf(
  { id, index }: Extract<Address, { kind: 'entry' }>,
  { end, last }: Partition,
): number | null {
  if (last === undefined) return /^\d+$/.test(id) ? Number(id) : null
  return id === last ? Number(end) - 1 : (index ?? null)
}
