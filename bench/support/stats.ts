/** The two figures that matter of a set of durations, in milliseconds. */
export interface Percentiles {
  p50: number
  p99: number
}

/** Nearest-rank percentiles; throws on an empty set, because no figure is better than an invented one. */
export function percentiles(samples: readonly number[]): Percentiles {
  if (samples.length === 0) throw new Error('no samples')
  const sorted = Float64Array.from(samples).sort()
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

export const round = (value: number, digits = 3): number => Number(value.toFixed(digits))
