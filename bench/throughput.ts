import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import type { BareClient } from './bare/bare-client.ts'
import { metric } from './support/metrics.ts'

export interface Throughput {
  bare: number
  through: number
  ratio: number
}

/** Messages in one run: two to four seconds of each bare client. */
const COUNT: Record<string, number> = { rabbitmq: 40_000, redis: 100_000, kafka: 100_000 }
/** Copies of one message at the lobby's consumers. */
const COPIES: Record<string, number> = { rabbitmq: 1, redis: 2, kafka: 2 }
const SIZE_BYTES = 100
/** Receipts outstanding at most, as the load generator's own window. */
const WINDOW = 1_000
/** Bare and through alternate this often; the medians are quoted. */
const ROUNDS = 3
/** How often the dashboard is asked whether all has arrived: small against a run of seconds. */
const ASK_EVERY_MS = 20

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Sustained messages a second, every copy arrived: bare client against the load generator, same consumers and window. */
export async function measureThroughput(
  bare: Record<string, BareClient>,
  dashboard: Dashboard,
): Promise<Record<string, Throughput>> {
  const result: Record<string, Throughput> = {}
  for (const [system, client] of Object.entries(bare)) {
    const count = COUNT[system] ?? 50_000
    const rates = { bare: [] as number[], through: [] as number[] }
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.bare.push(await client.sustain(count, SIZE_BYTES, WINDOW))
      rates.through.push(await sustainThrough(dashboard, system, count))
    }
    const [bareRate, throughRate] = [median(rates.bare), median(rates.through)]
    result[system] = { bare: bareRate, through: throughRate, ratio: throughRate / bareRate }
  }
  return result
}

async function sustainThrough(dashboard: Dashboard, system: string, count: number): Promise<number> {
  const arrivals = () => metric(dashboard, 'switchboard_deliveries_total', { system })
  const goal = (await arrivals()) + count * (COPIES[system] ?? 1)
  const begun = performance.now()
  const answer = await dashboard.request('POST', '/api/rooms/lobby/load', {
    system,
    rate: 0,
    count,
    size: SIZE_BYTES,
  })
  if (answer.status !== 202)
    throw new Error(`the load generator said ${answer.status}: ${await answer.text()}`)
  await until(`${count} messages through ${system}`, async () => (await arrivals()) >= goal, {
    timeoutMs: 120_000,
    everyMs: ASK_EVERY_MS,
  })
  const took = performance.now() - begun
  await until('the load generator to be done', async () => {
    const { loads } = await dashboard.snapshot()
    return loads.every((load) => load.state !== 'running')
  })
  return (count * 1000) / took
}
