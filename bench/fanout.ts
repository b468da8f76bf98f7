import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import { type Helper, startHelper } from './support/child.ts'

export interface Fanout {
  /** Events received a second, all sockets together. */
  bare: number
  through: number
  ratio: number
  /** Events in one batch, on average, in both runs. */
  batch: number
}

const SOCKETS = 100
const RUN_MS = 4_000
/** Messages a second tried in turn, each three events (a receipt and two deliveries); the last one nobody fell behind at counts. */
const RATES = [1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000, 6_000]

interface Count {
  events: number
  batches: number
  behind: number
  at: number
}

const count = (sinks: Helper) => sinks.ask<Count>({ type: 'count' }, 'count')

/** Events a second to many watching sockets: the highest load at which none falls behind, against a bare broadcast of like batches. */
export async function measureFanout(dashboard: Dashboard, echo: Helper, echoPort: number): Promise<Fanout> {
  const through = await throughDashboard(dashboard)
  const bare = await bareBroadcast(echo, echoPort, through.sample)
  return { bare, through: through.rate, ratio: through.rate / bare, batch: through.sample.length }
}

async function throughDashboard(dashboard: Dashboard): Promise<{ rate: number; sample: RoomEvent[] }> {
  const sinks = startHelper('sinks')
  await sinks.ask({ type: 'open', url: dashboard.url, sockets: SOCKETS, join: true }, 'open')
  let best = { rate: 0, batch: 1 }
  for (const rate of RATES) {
    const seen = await oneRate(dashboard, sinks, rate)
    if (seen.behind > 0) break
    best = seen
  }
  sinks.stop()
  const { seq } = await dashboard.snapshot()
  const sample = (await dashboard.events(Math.max(0, seq - Math.round(best.batch)))).slice(
    0,
    Math.max(1, Math.round(best.batch)),
  )
  return { rate: best.rate, sample }
}

async function oneRate(dashboard: Dashboard, sinks: Helper, rate: number) {
  const before = await count(sinks)
  const { seq: first } = await dashboard.snapshot()
  await dashboard.request('POST', '/api/rooms/lobby/load', {
    system: 'redis',
    rate,
    count: (rate * RUN_MS) / 1000,
    size: 100,
  })
  await until(
    'the load to be over',
    async () => (await dashboard.snapshot()).loads.every((load) => load.state !== 'running'),
    { timeoutMs: 60_000 },
  )
  const { seq: last } = await dashboard.snapshot()
  const after = await until('every socket to have every event', async () => {
    const now = await count(sinks)
    return (now.behind > before.behind || now.events - before.events >= (last - first) * SOCKETS) && now
  })
  const events = after.events - before.events
  return {
    rate: (events * 1000) / (after.at - before.at),
    batch: events / (after.batches - before.batches),
    behind: after.behind - before.behind,
  }
}

async function bareBroadcast(echo: Helper, port: number, events: RoomEvent[]): Promise<number> {
  const sinks = startHelper('sinks')
  await sinks.ask({ type: 'open', url: `http://127.0.0.1:${port}`, sockets: SOCKETS, join: false }, 'open')
  const before = await count(sinks)
  const done = echo.next('done')
  echo.send({ type: 'broadcast', events, durationMs: RUN_MS })
  await done
  const after = await count(sinks)
  sinks.stop()
  return ((after.events - before.events) * 1000) / (after.at - before.at)
}
