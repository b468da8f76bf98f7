import { collectDefaultMetrics, Registry } from 'prom-client'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { createTally, describeFigures, type Figures } from './figures.ts'
import { createLatencies, type Latencies } from './latencies.ts'

export interface MetricsOptions {
  rooms: Rooms
  /** Sockets connected now. */
  sockets: () => number
  /** Connections that go through a proxy now. */
  proxied: () => number
}

/** The process in numbers, for Prometheus. `close` removes all listeners; idempotent. */
export interface Metrics {
  text(): Promise<{ contentType: string; text: string }>
  close(): void
}

/** Counts every event of every room, beginning with those that the existing rooms hold already. */
export async function createMetrics({ rooms, sockets, proxied }: MetricsOptions): Promise<Metrics> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const figures = describeFigures(registry)
  const latencies = createLatencies()
  const { count, flush } = createCount(figures, latencies)
  const unsubscribe = await countFromTheBeginning(rooms, count)

  return {
    text: async () => {
      flush()
      figures.sockets.set(sockets())
      figures.proxied.set(proxied())
      await readRooms(rooms, figures)
      return { contentType: registry.contentType, text: (await registry.metrics()) + latencies.text() }
    },
    close: () => {
      unsubscribe()
      registry.clear()
    },
  }
}

/** Subscribes before the pages are read, so that no event is missed, and counts none twice. */
async function countFromTheBeginning(rooms: Rooms, count: (event: RoomEvent) => void): Promise<() => void> {
  const counted = new Map<string, number>()
  let waiting: RoomEvent[] | undefined = []
  const unsubscribe = rooms.onEvent((event) => {
    if (waiting === undefined) count(event)
    else waiting.push(event)
  })
  for (const name of await rooms.names()) {
    const room = await rooms.get(name)
    const held = await room.eventsSince({ epoch: rooms.epoch, seq: 0 }, Number.MAX_SAFE_INTEGER)
    for (const event of held.events) count(event)
    counted.set(name, held.seq)
  }
  const later = waiting.filter(({ room, seq }) => seq > (counted.get(room) ?? 0))
  waiting = undefined
  for (const event of later) count(event)
  return unsubscribe
}

function createCount(
  figures: Figures,
  latencies: Latencies,
): { count: (event: RoomEvent) => void; flush: () => void } {
  const events = createTally((n, kind) => figures.events.inc({ kind }, n))
  const published = createTally((n, system, outcome) => figures.published.inc({ system, outcome }, n))
  const deliveries = createTally((n, system) => figures.deliveries.inc({ system }, n))

  function count(event: RoomEvent): void {
    events.add(event.kind)
    switch (event.kind) {
      case 'published':
      case 'unheard':
      case 'returned':
      case 'refused':
      case 'uncertain':
        published.add(event.system, event.kind)
        break
      case 'delivered':
        deliveries.add(event.system)
        if (event.latencyMs !== null) latencies.observe(event.system, event.latencyMs)
        break
      default:
      // Every other kind is counted by its name alone.
    }
  }

  return {
    count,
    flush: () => {
      for (const tally of [events, published, deliveries]) tally.flush()
    },
  }
}

async function readRooms(rooms: Rooms, figures: Figures): Promise<void> {
  const names = await rooms.names()
  const snapshots = await Promise.all(names.map(async (name) => (await rooms.get(name)).snapshot()))
  figures.rooms.set(names.length)
  for (const { system, status } of await rooms.brokers()) figures.up.set({ system }, status === 'up' ? 1 : 0)
  figures.consumers.reset()
  for (const { consumers } of snapshots) {
    for (const { system, state } of consumers) figures.consumers.inc({ system, state })
  }
}
