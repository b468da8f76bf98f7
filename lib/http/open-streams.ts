import { AppError } from '#lib/protocol/errors.ts'
import { EVENT_STREAMS_MAX_PER_ADDRESS } from '#lib/protocol/limits.ts'
import type { Unsubscribe } from '#lib/util/emitter.ts'
import { once } from '#lib/util/once.ts'

/** The answers of events that are being read now, by client address. */
export interface OpenStreams {
  /** Counts one more until the returned function is called. Throws `too-many`. */
  open(clientAddress: string): Unsubscribe
}

export function createOpenStreams(max: number = EVENT_STREAMS_MAX_PER_ADDRESS): OpenStreams {
  const counts = new Map<string, number>()
  const change = (address: string, by: number) => {
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
  }
}
