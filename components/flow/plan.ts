import type { Box, Direction, Point } from './path.ts'
import { type ConsumerPlan, planConsumers } from './plan-consumers.ts'
import { planStore, type StorePlan } from './plan-store.ts'
import type { FlowLane, FlowScene } from './scene.ts'

/** Where everything stands: scene and size in, places out. Pure; pixels. */

export interface ProducerPlan {
  id: string
  box: Box
  /** Where its cords begin. */
  port: Point
}

export interface LanePlan {
  lane: FlowLane
  box: Box
  /** Everything inside is drawn by this share of its full size. */
  scale: number
  /** Where cords of producers end. */
  inlet: Point
  entry: Point & { radius: number }
  store: StorePlan
  consumers: readonly ConsumerPlan[]
  /** Where dead letters fall to; null where there is no such place. */
  deadLetters: Box | null
}

export interface FlowPlan {
  width: number
  height: number
  direction: Direction
  producers: readonly ProducerPlan[]
  lanes: readonly LanePlan[]
}

/** Below this width one lane is shown, from top to bottom. */
export const NARROW_PX = 700
/** The drawing's own size; everything else is a share of it. */
const FULL_WIDTH = 1600
const FULL_BAND = 274
const GAP = 12
/** Inside a lane, at full size. */
const ENTRY_RADIUS = 30
const DEAD_WIDTH = 108
const DEAD_HEIGHT = 30
const SCALE_MIN = 0.6

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value))

export interface Size {
  width: number
  height: number
}

interface Columns {
  producers: { x: number; width: number }
  box: { x: number; width: number }
  consumers: { x: number; width: number }
}

function columnsFor(width: number): Columns {
  const pad = Math.max(12, (48 * width) / FULL_WIDTH)
  const producers = clamp(width * 0.13, 96, 208)
  const consumers = clamp(width * 0.18, 138, 288)
  return {
    producers: { x: pad, width: producers },
    box: { x: width * 0.2625, width: width * 0.375 },
    consumers: { x: width - Math.max(pad, 22) - consumers, width: consumers },
  }
}

/** Producers share the height, one band each where there are as many as lanes. */
function planProducers(scene: FlowScene, { x, width }: Columns['producers'], height: number): ProducerPlan[] {
  const pitch = height / scene.producers.length
  const tall = clamp(pitch * 0.3, 40, 68)
  return scene.producers.map(({ id }, index) => {
    const middle = pitch * (index + 0.5)
    return {
      id,
      box: { x, y: middle - tall / 2, width, height: tall },
      port: { x: x + width, y: middle },
    }
  })
}

function deadLettersBox(lane: FlowLane, box: Box, scale: number, direction: Direction): Box | null {
  if (!lane.hasDeadLetters) return null
  const width = DEAD_WIDTH
  const height = DEAD_HEIGHT * Math.max(scale, 0.8)
  // Below the exit of a phone's box runs the cord to the consumers: there it stands on the other side.
  const x = direction === 'across' ? box.x + box.width - width - 14 : box.x + 10
  return { x, y: box.y + box.height - height - 10, width, height }
}

/** A log's entry stands further out: its partitions branch off beside it. */
const entryOf = (lane: FlowLane, box: Box, middle: number, scale: number): LanePlan['entry'] => ({
  x: box.x + box.width * (lane.store === 'log' ? 0.07 : 0.117),
  y: middle,
  radius: ENTRY_RADIUS * scale,
})

/** Readers of dead letters have no part in what is kept for the others. */
const isReceiver = ({ consumer }: ConsumerPlan): boolean => !consumer?.readsDeadLetters

function planLane(lane: FlowLane, box: Box, column: Columns['consumers']): LanePlan {
  const scale = clamp(box.height / FULL_BAND, SCALE_MIN, 1)
  const middle = box.y + box.height * 0.547
  const consumers = planConsumers(lane.consumers, { ...column, y: box.y, height: box.height })
  return {
    lane,
    box,
    scale,
    inlet: { x: box.x, y: middle },
    entry: entryOf(lane, box, middle, scale),
    store: planStore(lane, box, middle, scale, consumers.filter(isReceiver)),
    consumers,
    deadLetters: deadLettersBox(lane, box, scale, 'across'),
  }
}

function planAcross(scene: FlowScene, { width, height }: Size): FlowPlan {
  const columns = columnsFor(width)
  const count = Math.max(1, scene.lanes.length)
  const band = (height - 2 * GAP - (count - 1) * GAP) / count
  return {
    width,
    height,
    direction: 'across',
    producers: planProducers(scene, columns.producers, height),
    lanes: scene.lanes.map((lane, index) =>
      planLane(lane, { ...columns.box, y: GAP + index * (band + GAP), height: band }, columns.consumers),
    ),
  }
}

/** A phone: people on top, one broker in the middle, its consumers below. */
function planDown(scene: FlowScene, { width, height }: Size): FlowPlan {
  const pad = GAP
  const tile = (width - pad * (scene.producers.length + 1)) / scene.producers.length
  const producerHeight = 44
  const boxTop = pad + producerHeight + 60
  const box = { x: pad, width: width - 2 * pad, y: boxTop, height: clamp(height * 0.36, 190, 250) }
  const consumersTop = box.y + box.height + 60
  return {
    width,
    height,
    direction: 'down',
    producers: scene.producers.map(({ id }, index) => {
      const x = pad + index * (tile + pad)
      return {
        id,
        box: { x, y: pad, width: tile, height: producerHeight },
        port: { x: x + tile / 2, y: pad + producerHeight },
      }
    }),
    lanes: scene.lanes.map((lane) => {
      const scale = clamp(box.height / FULL_BAND, SCALE_MIN, 1)
      const middle = box.y + box.height * 0.547
      const consumers = planConsumers(
        lane.consumers,
        { x: pad, width: width - 2 * pad, y: consumersTop, height: height - consumersTop - pad },
        'down',
      )
      const entry = entryOf(lane, box, middle, scale)
      return {
        lane,
        box,
        scale,
        inlet: { x: entry.x, y: box.y },
        entry,
        store: planStore(lane, box, middle, scale, consumers.filter(isReceiver), 'down'),
        consumers,
        deadLetters: deadLettersBox(lane, box, scale, 'down'),
      }
    }),
  }
}

/** Lays a scene out. A narrow one is meant to hold one lane only. */
export const planFlow = (scene: FlowScene, size: Size): FlowPlan =>
  size.width < NARROW_PX ? planDown(scene, size) : planAcross(scene, size)
