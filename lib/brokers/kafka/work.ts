import { failsAt } from '../work.ts'
import type { ReadingSettings } from './settings.ts'

/** Heartbeats and endings are seen to so often while it works; kafkajs sends a heartbeat only when one is due. */
const SLICE_MS = 250
/** After a failure, before it tries the same record again. */
const AGAIN_AFTER_MS = 500

export interface WorkOptions {
  /** As they are now: they may change while it works. */
  settings(): ReadingSettings
  /** True once the record is no longer this consumer's to finish: it comes again, here or elsewhere. */
  isOver(): boolean
  /** True while nothing more may be handed over. */
  isClosed(): boolean
  /** Tells the broker that it lives. Throws when the group is shared out anew. */
  heartbeat(): Promise<void>
  deliver(): void
}

export const takesTime = ({ processingMs, failurePercent }: ReadingSettings): boolean =>
  processingMs > 0 || failurePercent > 0

/**
 * Works on one record until it is done: true, or false when it is to come again. Kafka has no way to give one record back, so
 * whoever fails at one tries it again and again, and everything behind it in its partition waits.
 */
export async function workOn({
  settings,
  isOver,
  isClosed,
  heartbeat,
  deliver,
}: WorkOptions): Promise<boolean> {
  const spend = async (ms: number): Promise<boolean> => {
    const until = Date.now() + ms
    for (let left = ms; left > 0; left = until - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, SLICE_MS)))
      if (isOver()) return false
      await heartbeat()
    }
    return !isOver()
  }
  for (;;) {
    deliver()
    if (!(await spend(settings().processingMs))) return false
    if (!failsAt(settings().failurePercent)) return true
    if (!(await spend(AGAIN_AFTER_MS)) || isClosed()) return false
  }
}
