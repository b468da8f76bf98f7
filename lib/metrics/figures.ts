import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/**
 * From 0.1 ms, about Redis's round trip, to 10 s, by roughly threes: where a broker's latency begins to differ from
 * another's, and where a person begins to wait.
 */
const LATENCY_BUCKETS_S = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

/** Every figure of our own, by its Prometheus name. */
export function describeFigures(registry: Registry) {
  const registers = [registry]
  return {
    published: new Counter({
      name: 'switchboard_messages_published_total',
      help: 'Messages handed to a broker, by what it answered',
      labelNames: ['system', 'outcome'],
      registers,
    }),
    deliveries: new Counter({
      name: 'switchboard_deliveries_total',
      help: 'Arrivals of messages at consumers, messages from outside included',
      labelNames: ['system'],
      registers,
    }),
    latency: new Histogram({
      name: 'switchboard_delivery_latency_seconds',
      help: "From a room's acceptance of a message to its arrival at a consumer",
      labelNames: ['system'],
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    events: new Counter({
      name: 'switchboard_events_total',
      help: 'Numbered events of all rooms',
      labelNames: ['kind'],
      registers,
    }),
    up: new Gauge({
      name: 'switchboard_broker_up',
      help: 'Whether a broker is connected',
      labelNames: ['system'],
      registers,
    }),
    rooms: new Gauge({ name: 'switchboard_rooms', help: 'Rooms that exist', registers }),
    sockets: new Gauge({ name: 'switchboard_sockets', help: 'Browsers connected', registers }),
    consumers: new Gauge({
      name: 'switchboard_consumers',
      help: 'Consumers by state',
      labelNames: ['system', 'state'],
      registers,
    }),
  }
}
export type Figures = ReturnType<typeof describeFigures>

/** Something that happens for every event, counted by its labels and handed to its figure only when that is read. */
export interface Tally {
  add(first: string, second?: string): void
  flush(): void
}

/** Adding to a figure of prom-client costs several times what a map does, and is paid for every event. */
export function createTally(give: (n: number, first: string, second: string) => void): Tally {
  const counts = new Map<string, Map<string, number>>()
  return {
    add: (first, second = '') => {
      let of = counts.get(first)
      if (of === undefined) {
        of = new Map()
        counts.set(first, of)
      }
      of.set(second, (of.get(second) ?? 0) + 1)
    },
    flush: () => {
      for (const [first, of] of counts) for (const [second, n] of of) give(n, first, second)
      counts.clear()
    },
  }
}
