import { unreachable } from '#lib/util/unreachable.ts'
import { type Box, bendTo, type Path, type Point, pathOf } from './path.ts'
import type { FlowPlan, LanePlan, ProducerPlan } from './plan.ts'
import type { ConsumerPlan } from './plan-consumers.ts'
import type { StripPlan } from './plan-store.ts'

/** The ways that messages take through a plan. The still cords are drawn along the same ones. */
export interface Routes {
  readonly plan: FlowPlan
  lane(key: string): LanePlan | undefined
  producer(id: string): ProducerPlan | undefined
  consumer(lane: string, name: string): ConsumerPlan | undefined
  /** From who wrote it into the store; `null` partition: as far as it is known. */
  inward(producer: string, lane: string, partition: number | null): Path | null
  /** From who wrote it to the entry, where it is not taken in. */
  toEntry(producer: string, lane: string): Path | null
  /** From the store to the consumer. */
  outward(lane: string, consumer: string, partition: number | null): Path | null
  /** From a consumer, or from the store, to where dead letters lie. */
  fall(lane: string, consumer: string | null): Path | null
}

const stripOf = ({ store }: LanePlan, partition: number | null): StripPlan | undefined =>
  store.kind === 'log' ? store.strips.find((strip) => strip.partition === partition) : undefined

/** Where a message lies while the broker keeps it. */
export function storedAt(lane: LanePlan, partition: number | null, consumer: string | null = null): Point {
  const { store } = lane
  switch (store.kind) {
    case 'queue': {
      const { box, slots } = store.line
      return { x: box.x + box.width - box.width / slots / 2, y: box.y + box.height / 2 }
    }
    case 'queues': {
      const line = store.lines.find((one) => one.consumer === consumer)
      if (!line) return lane.entry
      return { x: line.box.x + line.box.width - 8, y: line.box.y + line.box.height / 2 }
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

const inlet = (plan: FlowPlan, lane: LanePlan, from: Point): Path =>
  pathOf(from, [bendTo(from, lane.inlet, plan.direction), { to: lane.entry }])

function inwardPath(plan: FlowPlan, lane: LanePlan, from: Point, partition: number | null): Path {
  const stored = storedAt(lane, partition)
  const inside = lane.store.kind === 'log' ? bendTo(lane.entry, stored, 'across') : { to: stored }
  return pathOf(from, [bendTo(from, lane.inlet, plan.direction), { to: lane.entry }, inside])
}

function outwardPath(plan: FlowPlan, lane: LanePlan, consumer: ConsumerPlan, partition: number | null): Path {
  const { exit } = lane.store
  const dead = consumer.consumer?.readsDeadLetters ? lane.deadLetters : null
  const from = dead ? edgeOf(dead, plan.direction) : storedAt(lane, partition, consumer.names[0] ?? null)
  const ahead = plan.direction === 'across' ? { x: exit.x, y: from.y } : { x: from.x, y: exit.y }
  const jack = plan.direction === 'across' ? { x: consumer.berth.x, y: consumer.jack.y } : consumer.berth
  if (lane.store.kind === 'wire') return pathOf(from, [bendTo(from, jack, plan.direction)])
  return pathOf(from, [{ to: ahead }, bendTo(ahead, jack, plan.direction)])
}

/** Where what lies there leaves it. */
const edgeOf = ({ x, y, width, height }: Box, direction: FlowPlan['direction']): Point =>
  direction === 'across' ? { x: x + width, y: y + height / 2 } : { x: x + width / 2, y: y + height }

const middleOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 })

function fallPath(lane: LanePlan, from: Point): Path | null {
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

/** Remembers each path once asked for: the same few are taken thousands of times. */
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

export function createRoutes(plan: FlowPlan): Routes {
  const lanes = new Map(plan.lanes.map((lane) => [lane.lane.key, lane]))
  const producers = new Map(plan.producers.map((producer) => [producer.id, producer]))
  const cached = createCache()
  const consumer = (lane: string, name: string) =>
    lanes.get(lane)?.consumers.find(({ names }) => names.includes(name))
  return {
    plan,
    lane: (key) => lanes.get(key),
    producer: (id) => producers.get(id),
    consumer,
    inward: (id, key, partition) =>
      cached(`in ${id} ${key} ${partition}`, () => {
        const [from, lane] = [producers.get(id), lanes.get(key)]
        return from && lane ? inwardPath(plan, lane, from.port, partition) : null
      }),
    toEntry: (id, key) =>
      cached(`entry ${id} ${key}`, () => {
        const [from, lane] = [producers.get(id), lanes.get(key)]
        return from && lane ? inlet(plan, lane, from.port) : null
      }),
    outward: (key, name, partition) =>
      cached(`out ${key} ${name} ${partition}`, () => {
        const [lane, to] = [lanes.get(key), consumer(key, name)]
        return lane && to ? outwardPath(plan, lane, to, partition) : null
      }),
    fall: (key, name) =>
      cached(`fall ${key} ${name}`, () => {
        const lane = lanes.get(key)
        if (!lane) return null
        const from = name === null ? null : consumer(key, name)?.berth
        return fallPath(lane, from ?? storedAt(lane, null))
      }),
  }
}
