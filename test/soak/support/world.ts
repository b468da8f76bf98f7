import type { Mode } from '#lib/protocol/names.ts'
import type { Destination, RoomSnapshot } from '#lib/protocol/room.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import { type Dashboard, startDashboard } from '#test/support/dashboard.ts'
import { type OwnBroker, startOwnBroker, type TestSystem } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { followRoom, type RoomFollower } from './room-follower.ts'

export const SYSTEMS = ['rabbitmq', 'redis', 'kafka'] as const satisfies readonly TestSystem[]
export const MODES = ['queue', 'fanout', 'log'] as const satisfies readonly Mode[]
export const ROOM = 'soak'

/** What a broker that was restarted and a consumer that must attach again may take on a busy machine. */
export const RECOVERY_MAX_MS = 90_000

/** One destination of the room: a mode on a system. */
export interface Cell {
  system: TestSystem
  mode: Mode
  name: string
  /** Its name on the broker. */
  address: string
}

/** Three brokers of its own, the dashboard as people run it, one room with all nine cells, and somebody who watches it. */
export interface World {
  brokers: Record<TestSystem, OwnBroker>
  dashboard: Dashboard
  cells: readonly Cell[]
  follower: RoomFollower
  /** A request on the room. Its status is the program's to judge; 500 never is right and is kept in `wrong`. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  snapshot(): Promise<RoomSnapshot>
  /** What must never happen, in words, whoever noticed it. */
  wrong: string[]
  /** What readers and administrators did, in order, for whoever reads why a run failed. */
  journal: string[]
  close(): Promise<void>
}

const CONSUMERS = ['reader-a', 'reader-b'] as const

async function declareCells(ask: World['ask']): Promise<Cell[]> {
  const cells: Cell[] = []
  for (const system of SYSTEMS) {
    for (const mode of MODES) {
      const name = `${system}-${mode}`
      const { status, body } = await ask('POST', '/destinations', { system, mode, name })
      if (status !== 201) throw new Error(`${name} was not declared: ${status} ${JSON.stringify(body)}`)
      cells.push({ system, mode, name, address: (body as Destination).address })
      for (const consumer of CONSUMERS) {
        const added = await ask('POST', '/consumers', {
          system,
          destination: name,
          name: `${name}-${consumer}`,
        })
        if (added.status !== 201) throw new Error(`${name}: ${added.status} ${JSON.stringify(added.body)}`)
      }
    }
  }
  return cells
}

export async function createWorld(): Promise<World> {
  const opened = createDisposer()
  try {
    const [rabbitmq, redis, kafka] = await Promise.all(SYSTEMS.map((system) => startOwnBroker(system)))
    if (!rabbitmq || !redis || !kafka) throw new Error('a broker is missing')
    for (const broker of [rabbitmq, redis, kafka]) opened.add(() => broker.close())
    const dashboard = await startDashboard({
      rabbitmq: { url: rabbitmq.url, managementUrl: rabbitmq.managementUrl ?? '' },
      redis: { url: redis.url },
      kafka: { url: kafka.url },
    })
    opened.add(() => dashboard.close())
    const wrong: string[] = []
    const ask: World['ask'] = async (method, path, body) => {
      const answer = await dashboard.request(method, `/api/rooms/${ROOM}${path}`, body)
      const text = await answer.text()
      if (answer.status === 500) wrong.push(`${method} ${path} ${JSON.stringify(body)}: 500 ${text}`)
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
    }
    await ask('PUT', '')
    await until('every broker to be up', async () =>
      (await dashboard.snapshot(ROOM)).brokers.every(({ status }) => status === 'up'),
    )
    const follower = followRoom(dashboard.url, ROOM)
    opened.add(() => follower.close())
    const cells = await declareCells(ask)
    return {
      brokers: { rabbitmq, redis, kafka },
      dashboard,
      cells,
      follower,
      ask,
      snapshot: () => dashboard.snapshot(ROOM),
      wrong,
      journal: [],
      close: () => opened.dispose(),
    }
  } catch (error) {
    await opened.dispose()
    throw error
  }
}

/** The verb that brings a consumer back from where it is. One whose start met a broker that was away is detached. */
const CURES = { paused: 'resume', crashed: 'start', detached: 'start' } as const

/** Undoes what readers and administrators did: every broker up, every destination there, every consumer attached. */
export async function heal(world: World): Promise<void> {
  for (const broker of Object.values(world.brokers)) await broker.start()
  await until(
    'every destination to be declared and every consumer to be attached',
    async () => {
      const { brokers, destinations, consumers } = await world.snapshot()
      const ailing = [
        ...brokers.filter(({ status }) => status !== 'up').map(({ system, status }) => `${system} ${status}`),
        ...destinations
          .filter(({ state }) => state !== 'declared')
          .map(({ name, state }) => `${name} ${state}`),
        ...consumers
          .filter(({ state }) => state !== 'attached')
          .map(({ name, state, reason }) => `${name} ${state} ${reason ?? ''}`),
      ]
      for (const { id, state } of destinations)
        if (state === 'gone') await world.ask('POST', `/destinations/${id}/declare`)
      for (const { id, state } of consumers)
        if (state === 'paused' || state === 'crashed' || state === 'detached')
          await world.ask('POST', `/consumers/${id}/${CURES[state]}`)
      if (ailing.length > 0) throw new Error(ailing.join('; '))
      return true
    },
    { timeoutMs: RECOVERY_MAX_MS, everyMs: 250 },
  )
}
