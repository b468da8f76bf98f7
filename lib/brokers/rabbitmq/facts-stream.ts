import { type LogFacts, logFacts } from '#lib/protocol/facts.ts'
import { now } from '#lib/util/clock.ts'
import type { DriverParts } from './parts.ts'
import { retentionOf } from './plan.ts'
import { isGone, missing } from './queue.ts'
import { newestOffset, oldestOffset } from './stream-ends.ts'

/** Only retention moves the oldest message, a segment at a time: that it is seen some seconds later harms nobody. */
const OLDEST_EVERY_MS = 5_000

type Looking = Pick<DriverParts, 'control' | 'topology' | 'attachments'>

/**
 * A stream's ends, read from the stream itself: the management API's count is up to 5 s old and says nothing of offsets.
 * `end` is one more than the highest offset that is there or that a reader of ours has had.
 */
export function createStreamFacts(parts: Looking): (address: string) => Promise<LogFacts> {
  const { control, topology, attachments } = parts
  const oldest = new Map<string, { offset: number; at: number }>()

  const lowOf = async (address: string): Promise<number> => {
    const known = oldest.get(address)
    if (known && now() - known.at < OLDEST_EVERY_MS) return known.offset
    const offset = await oldestOffset(control, address)
    if (offset === null) return 0
    oldest.set(address, { offset, at: now() })
    return offset
  }
  return async (address) => {
    const kept = topology.of(address)
    const [low, newest] = await Promise.all([lowOf(address), newestOffset(control, address)]).catch(
      (error: unknown) => {
        throw isGone(error) ? missing(address) : error
      },
    )
    const ours = [...attachments].filter(({ spec }) => spec.address === address)
    const positions = ours.map(({ spec, reading }) => ({ consumer: spec.name, next: reading.position() }))
    const end = Math.max(low, (newest ?? -1) + 1, ...positions.map(({ next }) => next ?? 0))
    return logFacts({
      partitions: [{ partition: 0, low: String(low), end: String(end) }],
      readers: positions.map(({ consumer, next }) => ({
        consumer,
        position: next === null ? null : String(next),
        lag: next === null ? null : end - next,
      })),
      retentionMs: kept ? retentionOf(kept.spec) : null,
    })
  }
}
