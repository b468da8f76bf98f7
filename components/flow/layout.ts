import type { SystemId } from '#lib/protocol/names.ts'
import type { Box, Direction, Point } from './geometry.ts'
import { type ConsumerLayout, layOutConsumers } from './layout-consumers.ts'
import { layOutStore, type StoreLayout } from './layout-store.ts'
import type { FlowLane, FlowScene } from './scene.ts'

/** Where everything is drawn: takes a scene and a size, returns positions in pixels. Pure. */

export interface ProducerLayout {
  id: string
  box: Box
  /** Where its cords start. */
  port: Point
}

export interface LaneLayout {
  lane: FlowLane
  box: Box
  /** Everything inside is drawn at this share of its full size. */
  scale: number
  /** Where the producers' cords end. */
  inlet: Point
  entry: Point & { radius: number }
  store: StoreLayout
  consumers: readonly ConsumerLayout[]
  /** The box of the dead letters; null where the lane has none. */
  deadLetters: Box | null
}

export interface FlowLayout {
  width: number
  height: number
  direction: Direction
  producers: readonly ProducerLayout[]
  lanes: readonly LaneLayout[]
  /** Where a system has no destination: the place that its lane would have. */
  empty: readonly { system: SystemId; box: Box }[]
}

/** Below this width one lane is shown at a time, from top to bottom. */
export const NARROW_PX = 700
/** The size the drawing was designed for; all other sizes are scaled. */
const FULL_WIDTH = 1600
const FULL_BAND = 274
const GAP = 12
/** Inside a lane, at full scale. */
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

/** Producers share the whole height evenly. */
function layOutProducers(
  scene: FlowScene,
  { x, width }: Columns['producers'],
  height: number,
): ProducerLayout[] {
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
  // On a phone the cord to the consumers starts at the box's lower right, so the dead letters are on the left.
  const x = direction === 'across' ? box.x + box.width - width - 14 : box.x + 10
  return { x, y: box.y + box.height - height - 10, width, height }
}

/** A log's entry is further left, because its partitions branch off to the right of it. */
const entryOf = (lane: FlowLane, box: Box, middle: number, scale: number): LaneLayout['entry'] => ({
  x: box.x + box.width * (lane.store === 'log' ? 0.07 : 0.117),
  y: middle,
  radius: ENTRY_RADIUS * scale,
})

/** Readers of dead letters get nothing from the lane's own store. */
const isReceiver = ({ consumer }: ConsumerLayout): boolean => !consumer?.readsDeadLetters

function layOutLane(
  lane: FlowLane,
  box: Box,
  column: Columns['consumers'],
  shown: ReadonlySet<string>,
): LaneLayout {
  const scale = clamp(box.height / FULL_BAND, SCALE_MIN, 1)
  const middle = box.y + box.height * 0.547
  const consumers = layOutConsumers({
    consumers: lane.consumers,
    area: { ...column, y: box.y, height: box.height },
    shown,
  })
  return {
    lane,
    box,
    scale,
    inlet: { x: box.x, y: middle },
    entry: entryOf(lane, box, middle, scale),
    store: layOutStore(lane, box, middle, scale, consumers.filter(isReceiver)),
    consumers,
    deadLetters: deadLettersBox(lane, box, scale, 'across'),
  }
}

function layOutAcross(scene: FlowScene, { width, height }: Size, shown: ReadonlySet<string>): FlowLayout {
  const columns = columnsFor(width)
  const count = Math.max(1, scene.lanes.length + scene.empty.length)
  const band = (height - 2 * GAP - (count - 1) * GAP) / count
  const boxAt = (position: number): Box => ({
    ...columns.box,
    y: GAP + position * (band + GAP),
    height: band,
  })
  const isEmpty = new Set(scene.empty.map(({ position }) => position))
  const positions = Array.from({ length: count }, (_, position) => position).filter(
    (position) => !isEmpty.has(position),
  )
  return {
    width,
    height,
    direction: 'across',
    producers: layOutProducers(scene, columns.producers, height),
    lanes: scene.lanes.map((lane, index) =>
      layOutLane(lane, boxAt(positions[index] ?? index), columns.consumers, shown),
    ),
    empty: scene.empty.map(({ system, position }) => ({ system, box: boxAt(position) })),
  }
}

/** A phone: producers on top, one broker in the middle, its consumers below. */
function layOutDown(scene: FlowScene, { width, height }: Size, shown: ReadonlySet<string>): FlowLayout {
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
      const consumers = layOutConsumers(
        {
          consumers: lane.consumers,
          area: { x: pad, width: width - 2 * pad, y: consumersTop, height: height - consumersTop - pad },
          shown,
        },
        'down',
      )
      const entry = entryOf(lane, box, middle, scale)
      return {
        lane,
        box,
        scale,
        inlet: { x: entry.x, y: box.y },
        entry,
        store: layOutStore(lane, box, middle, scale, consumers.filter(isReceiver), 'down'),
        consumers,
        deadLetters: deadLettersBox(lane, box, scale, 'down'),
      }
    }),
    empty: scene.empty.map(({ system }) => ({ system, box })),
  }
}

const NOBODY: ReadonlySet<string> = new Set()

/** Lays out a scene. Below `NARROW_PX` the scene should hold one lane only. `shown`: consumers that share no box with others. */
export const layOutFlow = (scene: FlowScene, size: Size, shown = NOBODY): FlowLayout =>
  size.width < NARROW_PX ? layOutDown(scene, size, shown) : layOutAcross(scene, size, shown)
