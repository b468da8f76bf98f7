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

/** A labelled figure's children by their labels: finding one anew for every event would cost more than counting. */
export function childrenOf<C>(make: (...labels: string[]) => C): (...labels: string[]) => C {
  const children = new Map<string, C>()
  return (...labels) => {
    const key = labels.length === 1 ? (labels[0] ?? '') : labels.join(' ')
    let child = children.get(key)
    if (child === undefined) {
      child = make(...labels)
      children.set(key, child)
    }
    return child
  }
}
