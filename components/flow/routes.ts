import { unreachable } from '#lib/util/unreachable.ts'
import { type Box, bendTo, type Path, type Point, pathOf } from './geometry.ts'
import type { FlowLayout, LaneLayout, ProducerLayout } from './layout.ts'
import type { ConsumerLayout } from './layout-consumers.ts'
import type { StripLayout } from './layout-store.ts'

/** The paths that messages take through a layout. The cords are drawn along the same paths. */
export interface Routes {
  readonly layout: FlowLayout
  lane(key: string): LaneLayout | undefined
  producer(id: string): ProducerLayout | undefined
  consumer(lane: string, name: string): ConsumerLayout | undefined
  /** From a producer into the store; with a null partition to the entry, if the store is a log. */
  inward(producer: string, lane: string, partition: number | null): Path | null
  /** From a producer to the entry only, for a message that is not stored. */
  toEntry(producer: string, lane: string): Path | null
  /** From the store to the consumer. */
  outward(lane: string, consumer: string, partition: number | null): Path | null
  /** From a consumer, or from the store, to the dead letters. */
  toDeadLetters(lane: string, consumer: string | null): Path | null
}

const stripOf = ({ store }: LaneLayout, partition: number | null): StripLayout | undefined =>
  store.kind === 'log' ? store.strips.find((strip) => strip.partition === partition) : undefined

/** Where a stored message is drawn. */
export function storedAt(lane: LaneLayout, partition: number | null, consumer: string | null = null): Point {
  const { store } = lane
  switch (store.kind) {
    case 'queue': {
      const { box, slots } = store.slots
      return { x: box.x + box.width - box.width / slots / 2, y: box.y + box.height / 2 }
    }
    case 'queues': {
      const queue = store.queues.find((one) => one.consumer === consumer)
      if (!queue) return lane.entry
      return { x: queue.box.x + queue.box.width - 8, y: queue.box.y + queue.box.height / 2 }
    }
    case 'wire':
      return store.hub
    case 'log': {
      const strip = stripOf(lane, partition)
      return strip ? { x: strip.end.x - strip.cell / 2, y: strip.y } : lane.entry
    }
    default:
      return unreachable(store)
  }
}

const inlet = (layout: FlowLayout, lane: LaneLayout, from: Point): Path =>
  pathOf(from, [bendTo(from, lane.inlet, layout.direction), { to: lane.entry }])

function inwardPath(layout: FlowLayout, lane: LaneLayout, from: Point, partition: number | null): Path {
  const stored = storedAt(lane, partition)
  const inside = lane.store.kind === 'log' ? bendTo(lane.entry, stored, 'across') : { to: stored }
  return pathOf(from, [bendTo(from, lane.inlet, layout.direction), { to: lane.entry }, inside])
}

function outwardPath(
  layout: FlowLayout,
  lane: LaneLayout,
  consumer: ConsumerLayout,
  partition: number | null,
): Path {
  const { exit } = lane.store
  const dead = consumer.consumer?.readsDeadLetters ? lane.deadLetters : null
  const from = dead ? edgeOf(dead, layout.direction) : storedAt(lane, partition, consumer.names[0] ?? null)
  const ahead = layout.direction === 'across' ? { x: exit.x, y: from.y } : { x: from.x, y: exit.y }
  const jack =
    layout.direction === 'across' ? { x: consumer.restPoint.x, y: consumer.jack.y } : consumer.restPoint
  if (lane.store.kind === 'wire') return pathOf(from, [bendTo(from, jack, layout.direction)])
  return pathOf(from, [{ to: ahead }, bendTo(ahead, jack, layout.direction)])
}

/** The middle of the side where the cord to the consumers starts. */
const edgeOf = ({ x, y, width, height }: Box, direction: FlowLayout['direction']): Point =>
  direction === 'across' ? { x: x + width, y: y + height / 2 } : { x: x + width / 2, y: y + height }

const middleOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 })

function deadLetterPath(lane: LaneLayout, from: Point): Path | null {
  const box = lane.deadLetters
  if (!box) return null
  const to = middleOf(box)
  return pathOf(from, [
    {
      to,
      bend: [
        { x: from.x, y: from.y - 24 },
        { x: to.x, y: to.y - 60 },
      ],
    },
  ])
}

/** Keeps each path once computed: the same few are needed thousands of times. */
function createCache() {
  const known = new Map<string, Path | null>()
  return (key: string, make: () => Path | null): Path | null => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make()
    known.set(key, made)
    return made
  }
}

export function createRoutes(layout: FlowLayout): Routes {
  const lanes = new Map(layout.lanes.map((lane) => [lane.lane.key, lane]))
  const producers = new Map(layout.producers.map((producer) => [producer.id, producer]))
  const cached = createCache()
  const consumer = (lane: string, name: string) =>
    lanes.get(lane)?.consumers.find(({ names }) => names.includes(name))
  return {
    layout,
    lane: (key) => lanes.get(key),
    producer: (id) => producers.get(id),
    consumer,
    inward: (id, key, partition) =>
      cached(`in ${id} ${key} ${partition}`, () => {
        const [from, lane] = [producers.get(id), lanes.get(key)]
        return from && lane ? inwardPath(layout, lane, from.port, partition) : null
      }),
    toEntry: (id, key) =>
      cached(`entry ${id} ${key}`, () => {
        const [from, lane] = [producers.get(id), lanes.get(key)]
        return from && lane ? inlet(layout, lane, from.port) : null
      }),
    outward: (key, name, partition) =>
      cached(`out ${key} ${name} ${partition}`, () => {
        const [lane, to] = [lanes.get(key), consumer(key, name)]
        return lane && to ? outwardPath(layout, lane, to, partition) : null
      }),
    toDeadLetters: (key, name) =>
      cached(`dead ${key} ${name}`, () => {
        const lane = lanes.get(key)
        if (!lane) return null
        const from = name === null ? null : consumer(key, name)?.restPoint
        return deadLetterPath(lane, from ?? storedAt(lane, null))
      }),
  }
}
