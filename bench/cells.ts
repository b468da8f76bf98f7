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

export interface Plan {
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

/** Cells that are measured side by side: nothing else is open meanwhile. */
export interface CellGroup {
  cells: Cell[]
  /** Nothing of them is left, on the dashboard or on the brokers. */
  close(): Promise<void>
}

const isClassic = ({ system, mode }: Plan) => manifestOf(system).classic.mode === mode

const keyOf = (plan: Plan) => (isClassic(plan) ? plan.system : `${plan.system} ${plan.mode}`)

/**
 * The lobby's classic three together, then each other mode in a room of its own that holds nothing else. `wanted` names
 * cells by their keys; without it there are all nine.
 */
export function cellGroups(wanted?: readonly string[]): ReadonlyArray<readonly Plan[]> {
  const plans = PLANS.filter((plan) => wanted?.includes(keyOf(plan)) ?? true)
  if (plans.length === 0) throw new Error(`no such cells: there are ${PLANS.map(keyOf).join(', ')}`)
  const groups = [plans.filter(isClassic), ...plans.filter((plan) => !isClassic(plan)).map((plan) => [plan])]
  return groups.filter(({ length }) => length > 0)
}

export async function openGroup(
  plans: readonly Plan[],
  brokers: TestBrokers,
  dashboard: Dashboard,
): Promise<CellGroup> {
  const cells: Cell[] = []
  const rooms: string[] = []
  for (const { open, mode, ...plan } of plans) {
    const key = keyOf({ open, mode, ...plan })
    const { classic } = manifestOf(plan.system)
    if (classic.mode === mode) {
      cells.push({ ...plan, key, room: 'lobby', destination: classic.name, bare: await open(brokers) })
      continue
    }
    const room = `bench-${plan.system}-${mode}`
    rooms.push(room)
    const destination = await make(dashboard, room, plan.system, mode)
    cells.push({ ...plan, key, room, destination, bare: await open(brokers) })
  }
  return {
    cells,
    close: async () => {
      await Promise.all(cells.map(({ bare }) => bare.close()))
      for (const room of rooms) await dashboard.request('DELETE', `/api/rooms/${room}`)
    },
  }
}

function manifestOf(system: string) {
  const manifest = catalog.find(({ id }) => id === system)
  if (!manifest) throw new Error(`there is no system ${system}`)
  return manifest
}

/** The mode's starter, as the screen makes it, alone in a new room. */
async function make(dashboard: Dashboard, room: string, system: string, mode: Mode): Promise<string> {
  const starter = manifestOf(system).modes[mode]?.starter
  if (!starter) throw new Error(`${system} has no mode ${mode}`)
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await dashboard.request(method, `/api/rooms/${room}${path}`, body)
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
  await ask('PUT', '')
  for (const { id } of (await dashboard.snapshot(room)).destinations)
    await ask('DELETE', `/destinations/${id}`)
  await ask('POST', '/destinations', { system, mode, name: starter.name, settings: starter.settings })
  for (const consumer of starter.consumers) {
    await ask('POST', '/consumers', { system, destination: starter.name, ...consumer })
  }
  await dashboard.attached(room)
  return starter.name
}
