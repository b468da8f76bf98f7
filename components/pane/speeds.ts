import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'

/** The setting that makes a consumer slow: how long it works at each message, milliseconds. */
export const PROCESSING = 'processingMs'

/** What one click sets it to: as fast as it can, slow enough to see, slow enough for a queue to grow behind it. */
export const SPEEDS = [
  { ms: 0, label: '×1', means: 'as fast as it can' },
  { ms: 500, label: '0.5 s', means: 'half a second a message' },
  { ms: 2_000, label: '2 s', means: 'two seconds a message' },
] as const

/** What the next click makes of it: a step slower, and from the slowest back to as fast as it can. */
export const nextSpeed = (ms: number) => SPEEDS.find((speed) => speed.ms > ms) ?? SPEEDS[0]

/** "0.5 s", "250 ms" */
export const speedWords = (ms: number): string => {
  const known = SPEEDS.find((speed) => speed.ms === ms)
  if (known) return known.label
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`
}

/** Whether the lane's consumers have a processing time: their default settings then hold one. */
export function canSlow(lane: LaneRef): boolean {
  const initial = modeManifestOf(lane).consumerSettings.safeParse({}).data
  return typeof initial === 'object' && initial !== null && PROCESSING in initial
}
