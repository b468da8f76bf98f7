/**
 * From 0.1 ms, about Redis's round trip, to 10 s, by roughly threes: where a broker's latency begins to differ from
 * another's, and where a person begins to wait.
 */
const BUCKETS_MS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000]
const MS_PER_SECOND = 1_000
const NAME = 'switchboard_delivery_latency_seconds'
const HELP = "From a room's acceptance of a message to its arrival at a consumer"

interface Series {
  /** Observations of each bucket alone; the last for those beyond all. */
  counts: number[]
  sumMs: number
}

/**
 * A histogram by system. prom-client's takes a microsecond for each observation, a twentieth of all that a message of
 * Redis costs here; this one finds its bucket and adds.
 */
export interface Latencies {
  observe(system: string, ms: number): void
  /** In Prometheus's text format. */
  text(): string
}

export function createLatencies(): Latencies {
  const series = new Map<string, Series>()
  return {
    observe: (system, ms) => {
      let of = series.get(system)
      if (of === undefined) {
        of = { counts: BUCKETS_MS.map(() => 0).concat(0), sumMs: 0 }
        series.set(system, of)
      }
      let bucket = 0
      while (bucket < BUCKETS_MS.length && ms > (BUCKETS_MS[bucket] ?? 0)) bucket += 1
      of.counts[bucket] = (of.counts[bucket] ?? 0) + 1
      of.sumMs += ms
    },
    text: () => {
      const lines = [`# HELP ${NAME} ${HELP}`, `# TYPE ${NAME} histogram`]
      for (const [system, of] of series) lines.push(...linesOf(system, of))
      return `${lines.join('\n')}\n`
    },
  }
}

function linesOf(system: string, { counts, sumMs }: Series): string[] {
  let upTo = 0
  const lines = counts.map((count, bucket) => {
    upTo += count
    const bound = BUCKETS_MS[bucket]
    const le = bound === undefined ? '+Inf' : bound / MS_PER_SECOND
    return `${NAME}_bucket{le="${le}",system="${system}"} ${upTo}`
  })
  return [
    ...lines,
    `${NAME}_sum{system="${system}"} ${sumMs / MS_PER_SECOND}`,
    `${NAME}_count{system="${system}"} ${upTo}`,
  ]
}
