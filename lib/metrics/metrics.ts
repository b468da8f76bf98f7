import { collectDefaultMetrics, Registry } from 'prom-client'
import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { childrenOf, describeFigures, type Figures } from './figures.ts'

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

const MS_PER_SECOND = 1_000

/** Counts every event of every room, beginning with those that the rooms there are hold already. */
export function createMetrics({ rooms, sockets }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const figures = describeFigures(registry)
  const count = createCount(figures)
  for (const name of rooms.names()) {
    const held = rooms.get(name).eventsSince({ epoch: rooms.epoch, seq: 0 }, Number.MAX_SAFE_INTEGER)
    for (const event of held.events) count(event)
  }
  const release = rooms.onEvent(count)

  return {
    text: async () => {
      figures.sockets.set(sockets())
      readRooms(rooms, figures)
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
    close: () => {
      release()
      registry.clear()
    },
  }
}

function createCount(figures: Figures): (event: RoomEvent) => void {
  const events = childrenOf((kind = '') => figures.events.labels(kind))
  const published = childrenOf((system = '', outcome = '') => figures.published.labels(system, outcome))
  const deliveries = childrenOf((system = '') => figures.deliveries.labels(system))
  const latency = childrenOf((system = '') => figures.latency.labels(system))

  return (event) => {
    events(event.kind).inc()
    switch (event.kind) {
      case 'published':
      case 'unheard':
      case 'returned':
      case 'refused':
      case 'uncertain':
        published(event.system, event.kind).inc()
        break
      case 'delivered':
        deliveries(event.system).inc()
        if (event.latencyMs !== null) latency(event.system).observe(event.latencyMs / MS_PER_SECOND)
        break
      default:
      // Every other kind is counted by its name alone.
    }
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
