import type { PageReading } from './page-probes.ts'
import { percentiles } from './stats.ts'

/** How a page did between two readings. */
export interface PageFigures {
  /** From arrival in the page until shown, milliseconds. */
  toScreenP50: number
  toScreenP99: number
  /** Milliseconds of tasks beyond 50 ms each, and the longest task. */
  totalBlocking: number
  longestTask: number
  framesPerSecond: number
}

const BLOCKING_BEYOND_MS = 50

export function figuresBetween(before: PageReading, after: PageReading): PageFigures {
  const toScreen = percentiles(after.toScreen.slice(before.toScreen.length))
  const longTasks = after.longTasks.slice(before.longTasks.length)
  return {
    toScreenP50: toScreen.p50,
    toScreenP99: toScreen.p99,
    totalBlocking: longTasks.reduce((sum, task) => sum + task - BLOCKING_BEYOND_MS, 0),
    longestTask: Math.max(0, ...longTasks),
    framesPerSecond: framesPerSecond(before, after),
  }
}

export const framesPerSecond = (before: PageReading, after: PageReading): number =>
  ((after.frames - before.frames) * 1_000) / (after.at - before.at)
