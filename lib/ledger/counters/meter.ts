import type { EventOf } from '#lib/protocol/events.ts'
import type { MeterView } from '../model/count-views.ts'
import type { Meter } from '../model/counters.ts'

/** How far back rates and the slow-reader picture look, seconds. */
export const METER_SECONDS = 60
/** How many of the newest latencies percentiles are taken from. */
const LATENCIES = 512
const SECOND_MS = 1_000

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

/** A bucket that is so far ahead is of a time before the clock was set back. */
const SET_BACK_SECONDS = 2 * METER_SECONDS

/** The index of that second's bucket, cleared when it is of an older round; -1 when a newer round uses it. */
function bucketAt(meter: Meter, at: number): number {
  const second = Math.floor(at / SECOND_MS)
  const index = second % METER_SECONDS
  const holds = meter.second[index] ?? -1
  if (holds === second) return index
  if (holds > second && holds - second < SET_BACK_SECONDS) return -1
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
  const slot = meter.latencies % LATENCIES
  meter.latency[slot] = latencyMs
  meter.latencyAt[slot] = at
  meter.latencies += 1
}

const sum = (numbers: readonly (number | null)[]): number =>
  numbers.reduce<number>((total, one) => total + (one ?? 0), 0)

/** What lies on the broker for consumers that are behind: messages in a queue, a group's lag, bytes in output buffers. */
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

function percentiles(meter: Meter, now: number): Pick<MeterView, 'p50' | 'p99' | 'samples'> {
  const from = now - METER_SECONDS * SECOND_MS
  const recent = meter.latency
    .subarray(0, Math.min(meter.latencies, LATENCIES))
    .filter((_, slot) => (meter.latencyAt[slot] ?? 0) > from)
    .sort()
  const at = (share: number): number | null =>
    recent[Math.min(recent.length - 1, Math.floor(recent.length * share))] ?? null
  return { p50: at(0.5), p99: at(0.99), samples: recent.length }
}

/** Reads the rings as of `now`, in the time of the events. */
export function meterView(meter: Meter, now: number): MeterView {
  const last = Math.floor(now / SECOND_MS)
  const values = (ring: Float64Array): (number | null)[] =>
    seconds(meter, last).map((index) => {
      const value = index < 0 ? Number.NaN : (ring[index] ?? Number.NaN)
      return Number.isNaN(value) ? null : value
    })
  const arrivals = values(meter.arrivals).map((count) => count ?? 0)
  return {
    arrivals,
    depth: values(meter.depth),
    lag: values(meter.lag),
    buffered: values(meter.buffered),
    perSecond: arrivals.at(-2) ?? 0,
    ...percentiles(meter, now),
  }
}

/** The index in the rings of each of the last seconds; -1 where nothing happened in it. */
function seconds(meter: Meter, last: number): number[] {
  return Array.from({ length: METER_SECONDS }, (_, back) => {
    const second = last - METER_SECONDS + 1 + back
    const index = ((second % METER_SECONDS) + METER_SECONDS) % METER_SECONDS
    return meter.second[index] === second ? index : -1
  })
}
