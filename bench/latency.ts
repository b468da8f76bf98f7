import { COMMANDS_PER_SECOND } from '#lib/protocol/limits.ts'
import type { Cell } from './cells.ts'
import { type Percentiles, percentiles, round } from './support/stats.ts'
import { openEcho, openWatcher, type Watcher } from './support/watcher.ts'

/** Enough for a p99 that twenty slow samples decide, and the least that the figures are quoted from. */
const SAMPLES = 2_000
/** Rounds before counting: connections and caches warm up, and V8 compiles what has run some thousand times. */
const WARM_UP = 2_000

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
  cells: readonly Cell[],
  echoPort: number,
  dashboardUrl: string,
): Promise<Record<string, Latency>> {
  const echo = await openEcho(echoPort)
  const watchers = new Map<string, Watcher>()
  for (const { room } of cells) {
    if (!watchers.has(room)) watchers.set(room, await openWatcher(dashboardUrl, room))
  }
  const samples = cells.map((cell) => ({
    cell,
    bare: [] as number[],
    echo: [] as number[],
    through: [] as number[],
  }))
  // One socket publishes no faster than the dashboard lets any socket: each turn publishes once in each cell.
  const turnMs = Math.ceil((1000 * cells.length) / COMMANDS_PER_SECOND) + 1
  for (let turn = -WARM_UP; turn < SAMPLES; turn += 1) {
    const notBefore = new Promise((resolve) => setTimeout(resolve, turnMs))
    for (const { cell, ...of } of samples) {
      const took = {
        bare: await cell.bare.roundTrip(),
        echo: await echo.roundTrip(),
        through: (await watchers.get(cell.room)?.roundTrip(cell)) ?? Number.NaN,
      }
      if (turn < 0) continue
      of.bare.push(took.bare)
      of.echo.push(took.echo)
      of.through.push(took.through)
    }
    await notBefore
  }
  echo.close()
  for (const watcher of watchers.values()) watcher.close()
  return Object.fromEntries(samples.map(({ cell, ...of }) => [cell.key, summarise(cell, of)]))
}

function summarise(
  { key, bareP50MaxMs }: Cell,
  samples: { bare: number[]; echo: number[]; through: number[] },
): Latency {
  const bare = percentiles(samples.bare)
  const echo = percentiles(samples.echo)
  const through = percentiles(samples.through)
  if (bare.p50 > bareP50MaxMs)
    throw new Error(`the bare ${key} client takes ${round(bare.p50)} ms at p50, more than ${bareP50MaxMs} ms`)
  return {
    bare,
    echo,
    through,
    ratio: { p50: through.p50 / (bare.p50 + echo.p50), p99: through.p99 / (bare.p99 + echo.p99) },
  }
}
