import { catalog } from '#lib/brokers/catalog.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { TestBrokers } from '../test/support/brokers.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import type { BareClient } from './bare/bare-client.ts'
import { bareKafka } from './bare/kafka.ts'
import { bareRabbitmq } from './bare/rabbitmq.ts'
import { bareExchange } from './bare/rabbitmq-exchange.ts'
import { bareStream } from './bare/rabbitmq-stream.ts'
import { bareRedis } from './bare/redis.ts'
import { bareRedisStream } from './bare/redis-stream.ts'

/** One mode on one system, bare and through the dashboard. */
export interface Cell {
  /** `<system>` for the lobby's classic three, `<system> <mode>` for the others. */
  key: string
  system: string
  room: string
  destination: string
  bare: BareClient
  /** Copies of one message at the consumers. */
  copies: number
  /** Messages in one throughput run: two to four seconds of the bare client. */
  count: number
  /** A bare client slower than this at p50 measures a broken client or machine, not the dashboard, milliseconds. */
  bareP50MaxMs: number
}

interface Plan {
  system: string
  mode: Mode
  copies: number
  count: number
  bareP50MaxMs: number
  open(brokers: TestBrokers): Promise<BareClient>
}

const PLANS: readonly Plan[] = [
  {
    ...{ system: 'rabbitmq', mode: 'queue', copies: 1, count: 40_000, bareP50MaxMs: 2 },
    open: ({ rabbitmq }) => bareRabbitmq(rabbitmq.url),
  },
  {
    ...{ system: 'redis', mode: 'fanout', copies: 2, count: 100_000, bareP50MaxMs: 1 },
    open: ({ redis }) => bareRedis(redis.url),
  },
  {
    ...{ system: 'kafka', mode: 'log', copies: 2, count: 100_000, bareP50MaxMs: 6 },
    open: ({ kafka }) => bareKafka(kafka.url, 'log'),
  },
  {
    ...{ system: 'rabbitmq', mode: 'fanout', copies: 2, count: 40_000, bareP50MaxMs: 2 },
    open: ({ rabbitmq }) => bareExchange(rabbitmq.url),
  },
  {
    ...{ system: 'rabbitmq', mode: 'log', copies: 2, count: 40_000, bareP50MaxMs: 4 },
    open: ({ rabbitmq }) => bareStream(rabbitmq.url),
  },
  {
    ...{ system: 'redis', mode: 'queue', copies: 1, count: 40_000, bareP50MaxMs: 1 },
    open: ({ redis }) => bareRedisStream(redis.url, 'queue'),
  },
  {
    ...{ system: 'redis', mode: 'log', copies: 2, count: 60_000, bareP50MaxMs: 1 },
    open: ({ redis }) => bareRedisStream(redis.url, 'log'),
  },
  {
    ...{ system: 'kafka', mode: 'queue', copies: 1, count: 100_000, bareP50MaxMs: 6 },
    open: ({ kafka }) => bareKafka(kafka.url, 'queue'),
  },
  {
    ...{ system: 'kafka', mode: 'fanout', copies: 2, count: 100_000, bareP50MaxMs: 6 },
    open: ({ kafka }) => bareKafka(kafka.url, 'fanout'),
  },
]

const ROOM = 'bench'

/** The lobby's three, and the six others in a room of their own. Each `bare` client is closed by whoever asked. */
export async function openCells(brokers: TestBrokers, dashboard: Dashboard): Promise<Cell[]> {
  await dashboard.request('PUT', `/api/rooms/${ROOM}`)
  const cells: Cell[] = []
  for (const { open, mode, ...plan } of PLANS) {
    const manifest = catalog.find(({ id }) => id === plan.system)
    if (!manifest?.modes[mode]) continue
    const classic = manifest.classic.mode === mode
    const destination = classic ? manifest.classic.name : await make(dashboard, plan.system, mode)
    const key = classic ? plan.system : `${plan.system} ${mode}`
    cells.push({ ...plan, key, room: classic ? 'lobby' : ROOM, destination, bare: await open(brokers) })
  }
  return cells
}

/** The mode's starter, as the screen makes it. */
async function make(dashboard: Dashboard, system: string, mode: Mode): Promise<string> {
  const starter = catalog.find(({ id }) => id === system)?.modes[mode]?.starter
  if (!starter) throw new Error(`${system} has no mode ${mode}`)
  const post = async (path: string, body: object) => {
    const answer = await dashboard.request('POST', `/api/rooms/${ROOM}/${path}`, { system, ...body })
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }
  await post('destinations', { mode, name: starter.name, settings: starter.settings })
  for (const consumer of starter.consumers) {
    await post('consumers', { destination: starter.name, ...consumer })
  }
  return starter.name
}
