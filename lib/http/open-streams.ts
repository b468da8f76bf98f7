import { AppError } from '#lib/protocol/errors.ts'
import {
  EVENT_STREAMS_MAX_PER_ADDRESS,
  PAGE_LEAST_BYTES,
  PAGE_MAX_BYTES,
  PAGES_MAX_BYTES,
} from '#lib/protocol/limits.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { once } from '#lib/util/once.ts'

/** The answers of events that are being read now, by client address. */
export interface OpenStreams {
  /** Counts one more until the returned function is called. Throws `too-many`. */
  open(clientAddress: string): Unsubscribe
  /** How large the next page of each may be, in bytes, so that all pages together keep their bound. */
  pageBytes(): number
}

export function createOpenStreams(max: number = EVENT_STREAMS_MAX_PER_ADDRESS): OpenStreams {
  const counts = new Map<string, number>()
  let total = 0
  const change = (address: string, by: number) => {
    total += by
    const count = (counts.get(address) ?? 0) + by
    if (count > 0) counts.set(address, count)
    else counts.delete(address)
  }
  return {
    open: (address) => {
      if ((counts.get(address) ?? 0) >= max) {
        throw new AppError('too-many', `${max} event streams are open from this address`, {
          detail: { limit: max },
        })
      }
      change(address, 1)
      return once(() => change(address, -1))
    },
    pageBytes: () => Math.min(PAGE_MAX_BYTES, Math.max(PAGE_LEAST_BYTES, PAGES_MAX_BYTES / total)),
  }
}
