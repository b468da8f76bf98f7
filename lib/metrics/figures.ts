import { Counter, Gauge, type Registry } from 'prom-client'

/** Every figure of our own but the latencies, by its Prometheus name. */
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
    proxied: new Gauge({
      name: 'switchboard_proxied_connections',
      help: 'Connections of consumers that go through a proxy, because somebody made a fault',
      registers,
    }),
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
