import type { Dashboard } from '../test/support/dashboard.ts'
import { until } from '../test/support/until.ts'
import type { Cell } from './cells.ts'
import { metric } from './support/metrics.ts'

export interface Throughput {
  bare: number
  through: number
  ratio: number
}

const SIZE_BYTES = 100
/** Receipts outstanding at most, as the load generator's own window. */
const WINDOW = 1_000
/** Bare and through alternate this often; the medians are quoted. */
const ROUNDS = 5
/** How often the dashboard is asked whether all has arrived: small against a run of seconds. */
const ASK_EVERY_MS = 250

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Sustained messages a second, every copy arrived: bare client against the load generator, same consumers and window. */
export async function measureThroughput(
  cells: readonly Cell[],
  dashboard: Dashboard,
): Promise<Record<string, Throughput>> {
  const result: Record<string, Throughput> = {}
  for (const cell of cells) {
    const rates = { bare: [] as number[], through: [] as number[] }
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.bare.push(await cell.bare.sustain(cell.count, SIZE_BYTES, WINDOW))
      rates.through.push(await sustainThrough(dashboard, cell))
    }
    const [bareRate, throughRate] = [median(rates.bare), median(rates.through)]
    result[cell.key] = { bare: bareRate, through: throughRate, ratio: throughRate / bareRate }
  }
  return result
}

export async function sustainThrough(dashboard: Dashboard, cell: Cell): Promise<number> {
  const { system, destination, room, count, copies } = cell
  // A room that nobody watched for a while has let go of its consumers.
  await dashboard.attached(room)
  const arrivals = () => metric(dashboard, 'switchboard_deliveries_total', { system })
  const goal = (await arrivals()) + count * copies
  const begun = performance.now()
  const answer = await dashboard.request('POST', `/api/rooms/${room}/load`, {
    system,
    destination,
    rate: 0,
    count,
    size: SIZE_BYTES,
  })
  if (answer.status !== 202)
    throw new Error(`the load generator said ${answer.status}: ${await answer.text()}`)
  await until(`${count} messages through ${cell.key}`, async () => (await arrivals()) >= goal, {
    timeoutMs: 120_000,
    everyMs: ASK_EVERY_MS,
  })
  const took = performance.now() - begun
  await until('the load generator to be done', async () => {
    const { loads } = await dashboard.snapshot(room)
    return loads.every((load) => load.state !== 'running')
  })
  return (count * 1000) / took
}
