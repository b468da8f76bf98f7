import type { EventOf } from '#lib/protocol/events.ts'

/** How far back rates and the slow-reader picture look, seconds. */
export const METER_SECONDS = 60
/** The newest latencies that percentiles are taken from. */
const LATENCIES = 512
const SECOND_MS = 1_000

/**
 * A lane's last minute in buckets of one second, and its newest latencies: rings of a fixed size. A bucket belongs to
 * the second in `second`; one of an older round counts as empty.
 */
export interface Meter {
  second: Float64Array
  arrivals: Float64Array
  /** What the broker told in that second; NaN where it told nothing. */
  depth: Float64Array
  lag: Float64Array
  buffered: Float64Array
  latency: Float64Array
  latencyAt: Float64Array
  latencies: number
}

export const createMeter = (): Meter => ({
  second: new Float64Array(METER_SECONDS).fill(-1),
  arrivals: new Float64Array(METER_SECONDS),
  depth: new Float64Array(METER_SECONDS),
  lag: new Float64Array(METER_SECONDS),
  buffered: new Float64Array(METER_SECONDS),
  latency: new Float64Array(LATENCIES),
  latencyAt: new Float64Array(LATENCIES),
  latencies: 0,
})

export const copyMeter = (meter: Meter): Meter => ({
  second: meter.second.slice(),
  arrivals: meter.arrivals.slice(),
  depth: meter.depth.slice(),
  lag: meter.lag.slice(),
  buffered: meter.buffered.slice(),
  latency: meter.latency.slice(),
  latencyAt: meter.latencyAt.slice(),
  latencies: meter.latencies,
})

/** The bucket of that second, begun anew when it is of an older round; -1 when a newer round has it. */
function bucketAt(meter: Meter, at: number): number {
  const second = Math.floor(at / SECOND_MS)
  const index = second % METER_SECONDS
  const holds = meter.second[index] ?? -1
  if (holds === second) return index
  if (holds > second) return -1
  meter.second[index] = second
  meter.arrivals[index] = 0
  meter.depth[index] = Number.NaN
  meter.lag[index] = Number.NaN
  meter.buffered[index] = Number.NaN
  return index
}

export function meterDelivery(meter: Meter, at: number, latencyMs: number | null): void {
  const index = bucketAt(meter, at)
  if (index >= 0) meter.arrivals[index] = (meter.arrivals[index] ?? 0) + 1
  if (latencyMs === null) return
  const place = meter.latencies % LATENCIES
  meter.latency[place] = latencyMs
  meter.latencyAt[place] = at
  meter.latencies += 1
}

const sum = (numbers: readonly (number | null)[]): number =>
  numbers.reduce<number>((total, one) => total + (one ?? 0), 0)

/** What lies on the broker for readers that are behind: messages in a queue, a group's lag, bytes in output buffers. */
export function meterFacts(meter: Meter, { facts, at }: EventOf<'facts'>): void {
  const index = bucketAt(meter, at)
  if (index < 0) return
  switch (facts.mode) {
    case 'queue':
      meter.depth[index] = sum([facts.ready, facts.unacked])
      break
    case 'fanout':
      meter.buffered[index] = sum(facts.outputBuffers.map(({ bytes }) => bytes))
      if (facts.waiting.length > 0) meter.depth[index] = sum(facts.waiting.map(({ messages }) => messages))
      break
    default:
      meter.lag[index] = sum([...facts.groups.map(({ lag }) => lag), ...facts.readers.map(({ lag }) => lag)])
  }
}

/** The last minute of one lane, oldest second first; the second that `now` lies in is the last. */
export interface MeterView {
  arrivals: readonly number[]
  /** Null where nothing was told in that second. */
  depth: readonly (number | null)[]
  lag: readonly (number | null)[]
  buffered: readonly (number | null)[]
  /** Arrivals in the last whole second. */
  perSecond: number
  /** Of the newest latencies within the last minute, milliseconds; null where there are none. */
  p50: number | null
  p99: number | null
  /** How many latencies those were taken from. */
  samples: number
}

function percentiles(meter: Meter, now: number): Pick<MeterView, 'p50' | 'p99' | 'samples'> {
  const from = now - METER_SECONDS * SECOND_MS
  const recent = meter.latency
    .subarray(0, Math.min(meter.latencies, LATENCIES))
    .filter((_, place) => (meter.latencyAt[place] ?? 0) > from)
    .sort()
  const at = (share: number): number | null =>
    recent[Math.min(recent.length - 1, Math.floor(recent.length * share))] ?? null
  return { p50: at(0.5), p99: at(0.99), samples: recent.length }
}

/** Reads the rings as of `now`, by the clock of the events. */
export function meterView(meter: Meter, now: number): MeterView {
  const last = Math.floor(now / SECOND_MS)
  const told = (ring: Float64Array): (number | null)[] =>
    seconds(meter, last).map((index) => {
      const value = index < 0 ? Number.NaN : (ring[index] ?? Number.NaN)
      return Number.isNaN(value) ? null : value
    })
  const arrivals = told(meter.arrivals).map((count) => count ?? 0)
  return {
    arrivals,
    depth: told(meter.depth),
    lag: told(meter.lag),
    buffered: told(meter.buffered),
    perSecond: arrivals.at(-2) ?? 0,
    ...percentiles(meter, now),
  }
}

/** Where each of the last seconds lies in the rings; -1 where nothing happened in it. */
function seconds(meter: Meter, last: number): number[] {
  return Array.from({ length: METER_SECONDS }, (_, back) => {
    const second = last - METER_SECONDS + 1 + back
    const index = ((second % METER_SECONDS) + METER_SECONDS) % METER_SECONDS
    return meter.second[index] === second ? index : -1
  })
}
