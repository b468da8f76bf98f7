/** How numbers and times are written on screen, everywhere the same. Times are Unix time in milliseconds. */

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `10:24:18`, 24 hours, local time. */
export const formatTime = (at: number): string => clock.format(at)

/** `1,310` */
export const formatCount = (count: number): string => whole.format(count)

/** `4 ms`, `1,310 ms`; below one millisecond `<1 ms`, since a clock that coarse knows no more. */
export const formatLatency = (ms: number): string => (ms < 1 ? '<1 ms' : `${whole.format(ms)} ms`)

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `3 s`, `4 min`, `2 h`, `7 days`: one unit, rounded down. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms)
  if (span < MINUTE_MS) return `${Math.floor(span / SECOND_MS)} s`
  if (span < HOUR_MS) return `${Math.floor(span / MINUTE_MS)} min`
  if (span < 2 * DAY_MS) return `${Math.floor(span / HOUR_MS)} h`
  return `${Math.floor(span / DAY_MS)} days`
}

/** Seconds left until `at`, rounded up, never below 0. */
export const secondsUntil = (at: number, now: number): number =>
  Math.max(0, Math.ceil((at - now) / SECOND_MS))

/** `2 workers`, `1 worker`. */
export const plural = (count: number, noun: string): string =>
  `${formatCount(count)} ${count === 1 ? noun : `${noun}s`}`

/** `#42`; a message without a number yet is still one message. */
export const formatNumber = (number: number | null): string => (number === null ? 'it' : `#${number}`)

const KILO = 1_024
const UNITS = ['bytes', 'KB', 'MB', 'GB'] as const

/** `312 bytes`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let size = Math.max(0, bytes)
  let unit = 0
  while (size >= KILO && unit < UNITS.length - 1) {
    size /= KILO
    unit += 1
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  return `${size.toFixed(digits)} ${UNITS[unit]}`
}
