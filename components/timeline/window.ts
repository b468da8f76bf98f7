/** The stretch of time that is shown, and its mapping to pixels. Pure; times are in milliseconds. */

export interface TimeWindow {
  /** How much time is shown. */
  length: number
  /** The time at its right edge; null while it follows the present. */
  end: number | null
}

/** As long as a message needs from hand to hand where everything is near. */
export const LENGTH_MIN = 20
export const LENGTH_MAX = 600_000
const LENGTH_STEPS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600].map(
  (seconds) => seconds * 1_000,
)
/** The distance between the present and the right edge, as a share of its length. */
const LEAD = 0.02

export const START: TimeWindow = { length: 30_000, end: null }

const clampLength = (length: number): number => Math.min(LENGTH_MAX, Math.max(LENGTH_MIN, length))

export const endOf = ({ length, end }: TimeWindow, now: number): number => end ?? now + length * LEAD
export const startOf = (window: TimeWindow, now: number): number => endOf(window, now) - window.length

export const xOf = (at: number, window: TimeWindow, now: number, width: number): number =>
  ((at - startOf(window, now)) / window.length) * width

export const timeAt = (x: number, window: TimeWindow, now: number, width: number): number =>
  startOf(window, now) + (x / width) * window.length

export const isFollowing = ({ end }: TimeWindow): boolean => end === null

/** Zooms so that the time at `x` keeps its position; while following, the present keeps its position. */
export function zoomBy(
  window: TimeWindow,
  factor: number,
  x: number,
  now: number,
  width: number,
): TimeWindow {
  const length = clampLength(window.length * factor)
  if (window.end === null) return { length, end: null }
  const at = timeAt(x, window, now, width)
  return { length, end: at + (1 - x / width) * length }
}

/** The next longer (1) or shorter (-1) length of the zoom buttons. */
export function nextLength(length: number, direction: 1 | -1): number {
  const further =
    direction === 1
      ? LENGTH_STEPS.find((one) => one > length + 1)
      : LENGTH_STEPS.findLast((one) => one < length - 1)
  return further ?? clampLength(length)
}

/** Moves the window by pixels, at most to the present. */
export function panBy(window: TimeWindow, pixels: number, now: number, width: number): TimeWindow {
  const latest = now + window.length * LEAD
  const end = endOf(window, now) + (pixels / width) * window.length
  return { ...window, end: Math.min(end, latest) }
}

/** Where a message's life lies in the window that fits it: room on the left, and more on the right for words. */
const FIT = { before: 0.12, life: 0.58 }

/** The window in which a stretch of time is seen as a whole. */
export function fitting(from: number, to: number): TimeWindow {
  const length = clampLength((to - from) / FIT.life)
  return { length, end: from - FIT.before * length + length }
}

/** Moves the window if needed so that it contains a time. */
export function reveal(window: TimeWindow, at: number, now: number): TimeWindow {
  const start = startOf(window, now)
  const end = endOf(window, now)
  if (at >= start && at <= end) return { ...window, end }
  return { ...window, end: Math.min(at + window.length / 2, now + window.length * LEAD) }
}

const TICK_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
]

/** The least distance between two ticks, pixels. */
export const TICK_MIN_PX = 96

/** Round times in the window, no closer than `minPixels`. */
export function ticks(
  window: TimeWindow,
  now: number,
  width: number,
  minPixels: number,
): { step: number; times: number[] } {
  const least = (window.length * minPixels) / Math.max(1, width)
  const step = TICK_STEPS.find((one) => one >= least) ?? LENGTH_MAX
  const from = Math.ceil(startOf(window, now) / step) * step
  const count = Math.max(0, Math.floor((endOf(window, now) - from) / step) + 1)
  return { step, times: Array.from({ length: count }, (_, index) => from + index * step) }
}
