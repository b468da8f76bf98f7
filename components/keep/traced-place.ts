import type { LaneTraceView } from '#lib/ledger/views.ts'
import type { Address } from '#lib/protocol/address.ts'

export interface TracedPlace {
  partition: number
  offset: number
}

function placeOf(address: Address | null | undefined): TracedPlace | null {
  if (address?.kind === 'offset') return { partition: address.partition, offset: Number(address.offset) }
  // A stream that counts its entries names them by their offset.
  if (address?.kind === 'entry' && /^\d+$/.test(address.id))
    return { partition: 0, offset: Number(address.id) }
  return null
}

/** Where the traced record lies, from the receipt or from whoever read it first. */
export function tracedPlace({ receipt, cords }: LaneTraceView): TracedPlace | null {
  const fromReceipt = receipt?.state === 'published' ? receipt.address : null
  return placeOf(fromReceipt ?? [...cords.values()][0]?.address)
}
