import { now } from '#lib/util/clock.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { arrivalOf } from '../stream/item.ts'
import type { State } from './reader-state.ts'
import { type Batch, countBefore } from './reading.ts'

/** Hands on what was read, one after another; stops where it is for another place, and reads it again then. */
export async function takeIn(
  state: State,
  stream: string,
  batch: Batch,
  isFor: () => boolean,
): Promise<void> {
  await state.paused?.promise
  if (!isFor()) return
  comeTo(state, countBefore(state.position, batch))
  for (const entry of batch.entries) {
    if (state.paused) await state.paused.promise
    if (!isFor()) return
    const { count } = state.position
    state.position = { after: entry.id, count: count === null ? null : count + 1 }
    const arrival = arrivalOf(entry, { address: stream, stream }, 1, count)
    if (!arrival) continue
    const delivery = ++state.deliveries
    state.seat?.emit({ type: 'delivered', delivery, ...arrival.told, inHand: false, at: now() })
    if (state.settings.processingMs > 0) await rest(state, state.settings.processingMs)
  }
}

/** So many entries lie behind the reader; those among them that it has not counted are gone, and it never had them. */
export function comeTo(state: State, reached: number | null): void {
  const { count } = state.position
  if (count !== null && reached !== null && reached > count)
    state.seat?.emit({ type: 'gap', reason: 'lagging', awayMs: 0, at: now() })
  state.position = { ...state.position, count: reached }
}

async function rest(state: State, ms: number): Promise<void> {
  const rested = createDeferred<void>()
  state.rested = rested
  const timer = setTimeout(rested.resolve, ms)
  await rested.promise
  clearTimeout(timer)
}
