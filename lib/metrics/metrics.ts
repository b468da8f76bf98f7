import { collectDefaultMetrics, Registry } from 'prom-client'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { createTally, describeFigures, type Figures } from './figures.ts'
import { createLatencies, type Latencies } from './latencies.ts'

export interface MetricsOptions {
  rooms: Rooms
  /** Sockets connected now. */
  sockets: () => number
}

/** The process in numbers, for Prometheus. `close` ends all listening; idempotent. */
export interface Metrics {
  text(): Promise<{ contentType: string; text: string }>
  close(): void
}

/** Counts every event of every room, beginning with those that the rooms there are hold already. */
export function createMetrics({ rooms, sockets }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const figures = describeFigures(registry)
  const latencies = createLatencies()
  const { count, flush } = createCount(figures, latencies)
  for (const name of rooms.names()) {
    const held = rooms.get(name).eventsSince({ epoch: rooms.epoch, seq: 0 }, Number.MAX_SAFE_INTEGER)
    for (const event of held.events) count(event)
  }
  const release = rooms.onEvent(count)

  return {
    text: async () => {
      flush()
      figures.sockets.set(sockets())
      readRooms(rooms, figures)
      return { contentType: registry.contentType, text: (await registry.metrics()) + latencies.text() }
    },
    close: () => {
      release()
      registry.clear()
    },
  }
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
        if (event.latencyMs !== null) {
          latencies.observe(event.system, event.latencyMs)
        }
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

function readRooms(rooms: Rooms, figures: Figures): void {
  const names = rooms.names()
  figures.rooms.set(names.length)
  for (const { system, status } of rooms.brokers()) figures.up.set({ system }, status === 'up' ? 1 : 0)
  figures.consumers.reset()
  for (const name of names) {
    for (const { system, state } of rooms.get(name).snapshot().consumers)
      figures.consumers.inc({ system, state })
  }
}
