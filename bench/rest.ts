import { catalog } from '#lib/brokers/catalog.ts'
import type { Dashboard } from '../test/support/dashboard.ts'
import { metric } from './support/metrics.ts'

export interface Rest {
  /** Consumers attached in one room, by system. */
  consumers: Record<string, number>
  /** The server's event-loop delay at p99 while nothing is sent, milliseconds. */
  delayP99: number
}

const ROOM = 'crowd'
/** What a room must bear: a reader of Kafka is a member of a group with a heartbeat and a fetch of its own. */
const CONSUMERS: Record<string, number> = { rabbitmq: 300, redis: 300, kafka: 60 }
const TOGETHER = 10
const MEASURED_MS = 10_000
const MS_PER_SECOND = 1_000

/** A room as full as it may be, left in peace. */
export async function measureRest(dashboard: Dashboard): Promise<Rest> {
  await dashboard.request('PUT', `/api/rooms/${ROOM}`)
  try {
    for (const { id, classic } of catalog) {
      const more = (CONSUMERS[id] ?? 0) - classic.consumers.length
      const names = Array.from({ length: more }, (_, index) => `crowd-${index + 1}`)
      while (names.length > 0) {
        await Promise.all(names.splice(0, TOGETHER).map((name) => add(dashboard, id, name)))
      }
    }
    const { consumers } = await dashboard.snapshot(ROOM)
    const attached = consumers.filter(({ state }) => state === 'attached')
    // Each reading begins the next measurement: the first ends the noise of attaching.
    await metric(dashboard, 'nodejs_eventloop_lag_p99_seconds')
    await new Promise((resolve) => setTimeout(resolve, MEASURED_MS))
    const delay = await metric(dashboard, 'nodejs_eventloop_lag_p99_seconds')
    return {
      consumers: Object.fromEntries(
        catalog.map(({ id }) => [id, attached.filter(({ system }) => system === id).length]),
      ),
      delayP99: delay * MS_PER_SECOND,
    }
  } finally {
    await dashboard.request('DELETE', `/api/rooms/${ROOM}`)
  }
}

async function add(dashboard: Dashboard, system: string, name: string): Promise<void> {
  const answer = await dashboard.request('POST', `/api/rooms/${ROOM}/consumers`, { system, name })
  if (answer.status !== 201) throw new Error(`${name} on ${system}: ${answer.status} ${await answer.text()}`)
}
