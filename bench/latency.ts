import { COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import type { BareClient } from './bare/bare-client.ts'
import { type Percentiles, percentiles, round } from './support/stats.ts'
import { openEcho, openWatcher } from './support/watcher.ts'

/** Enough for a p99 that twenty slow samples decide, and the least that the figures are quoted from. */
const SAMPLES = 2_000
/** Rounds before counting: connections, compilers and caches warm up. */
const WARM_UP = 200
/** A bare client slower than this measures a broken client or machine, not the dashboard, in milliseconds. */
const BARE_P50_MAX: Record<string, number> = { rabbitmq: 2, redis: 1, kafka: 6 }

export interface Latency {
  bare: Percentiles
  echo: Percentiles
  through: Percentiles
  ratio: Percentiles
}

/**
 * Round trips of one message at a time: bare client, then Socket.IO echo, then through the dashboard, in one loop over
 * the systems, so that the machine's moods hit all alike. ratio = through ÷ (bare + echo).
 */
export async function measureLatency(
  bare: Record<string, BareClient>,
  echoPort: number,
  dashboardUrl: string,
): Promise<Record<string, Latency>> {
  const echo = await openEcho(echoPort)
  const watcher = await openWatcher(dashboardUrl)
  const samples = Object.fromEntries(
    Object.keys(bare).map((system) => [
      system,
      { bare: [] as number[], echo: [] as number[], through: [] as number[] },
    ]),
  )
  // One socket publishes no faster than the dashboard lets any socket: each turn publishes once on each system.
  const turnMs = Math.ceil((1000 * Object.keys(bare).length) / COMMANDS_PER_SECOND) + 1
  for (let turn = -WARM_UP; turn < SAMPLES; turn += 1) {
    const notBefore = new Promise((resolve) => setTimeout(resolve, turnMs))
    for (const [system, client] of Object.entries(bare)) {
      const took = {
        bare: await client.roundTrip(),
        echo: await echo.roundTrip(),
        through: await watcher.roundTrip(system),
      }
      if (turn < 0) continue
      samples[system]?.bare.push(took.bare)
      samples[system]?.echo.push(took.echo)
      samples[system]?.through.push(took.through)
    }
    await notBefore
  }
  echo.close()
  watcher.close()
  return Object.fromEntries(Object.entries(samples).map(([system, of]) => [system, summarise(system, of)]))
}

function summarise(system: string, samples: { bare: number[]; echo: number[]; through: number[] }): Latency {
  const bare = percentiles(samples.bare)
  const echo = percentiles(samples.echo)
  const through = percentiles(samples.through)
  const limit = BARE_P50_MAX[system]
  if (limit !== undefined && bare.p50 > limit)
    throw new Error(`the bare ${system} client takes ${round(bare.p50)} ms at p50, more than ${limit} ms`)
  return {
    bare,
    echo,
    through,
    ratio: { p50: through.p50 / (bare.p50 + echo.p50), p99: through.p99 / (bare.p99 + echo.p99) },
  }
}
