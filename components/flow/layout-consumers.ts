import type { Box, Direction, Point } from './geometry.ts'
import type { FlowConsumer } from './scene.ts'

export interface ConsumerLayout {
  /** Null: several consumers that share one box. */
  consumer: FlowConsumer | null
  /** The names of the consumers drawn here. */
  names: readonly string[]
  box: Box
  /** Where its cord ends. */
  jack: Point
  /** Where an arrived message is drawn: on the cord, just before the jack. */
  restPoint: Point
  /** Whether there is room for a second line with the consumer's state. */
  hasState: boolean
}

export interface ConsumersArea {
  consumers: readonly FlowConsumer[]
  area: Box
  /** The ids of consumers that have a box of their own also where there are too many for all. */
  shown: ReadonlySet<string>
}

const PITCH_MAX = 112
const PITCH_MIN = 30
const HEIGHT_MAX = 72
const HEIGHT_FOR_STATE = 46
/** Between two boxes. */
const GAP = 8
const REST_BEFORE_JACK_PX = 46
/** Consumers side by side in one row of a phone. */
const PER_ROW = 3
const TILE_HEIGHT = 66

/** The first `room` consumers in their order, those of `shown` before all others. */
function withOwnBox(
  consumers: readonly FlowConsumer[],
  room: number,
  shown: ReadonlySet<string>,
): FlowConsumer[] {
  const first = consumers.toSorted((a, b) => Number(shown.has(b.id)) - Number(shown.has(a.id))).slice(0, room)
  return consumers.filter((consumer) => first.includes(consumer))
}

/** At most `most` boxes; the last one stands for all consumers that have none of their own. */
function boxesFor(
  consumers: readonly FlowConsumer[],
  most: number,
  shown: ReadonlySet<string>,
): Array<{ consumer: FlowConsumer | null; names: string[] }> {
  const single =
    consumers.length > most ? withOwnBox(consumers, Math.max(0, most - 1), shown) : [...consumers]
  const rest = consumers.filter((consumer) => !single.includes(consumer))
  const boxes: Array<{ consumer: FlowConsumer | null; names: string[] }> = single.map((consumer) => ({
    consumer,
    names: [consumer.name],
  }))
  if (rest.length > 0) boxes.push({ consumer: null, names: rest.map(({ name }) => name) })
  return boxes
}

function layOutColumn({ consumers, area, shown }: ConsumersArea): ConsumerLayout[] {
  const boxes = boxesFor(consumers, Math.max(1, Math.floor(area.height / PITCH_MIN)), shown)
  const pitch = Math.min(PITCH_MAX, area.height / Math.max(1, boxes.length))
  const height = Math.min(HEIGHT_MAX, pitch - GAP)
  const first = area.y + (area.height - pitch * (boxes.length - 1)) / 2
  return boxes.map((shown, index) => {
    const middle = first + index * pitch
    return {
      ...shown,
      box: { x: area.x, y: middle - height / 2, width: area.width, height },
      jack: { x: area.x, y: middle },
      restPoint: { x: area.x - REST_BEFORE_JACK_PX, y: middle },
      hasState: height >= HEIGHT_FOR_STATE,
    }
  })
}

function layOutTiles({ consumers, area, shown }: ConsumersArea): ConsumerLayout[] {
  const rows = Math.max(1, Math.floor(area.height / (TILE_HEIGHT + GAP)))
  const boxes = boxesFor(consumers, rows * PER_ROW, shown)
  const columns = Math.min(PER_ROW, Math.max(1, boxes.length))
  const width = (area.width - GAP * (columns - 1)) / columns
  return boxes.map((shown, index) => {
    const x = area.x + (index % columns) * (width + GAP)
    const y = area.y + Math.floor(index / columns) * (TILE_HEIGHT + 2 * GAP)
    return {
      ...shown,
      box: { x, y, width, height: TILE_HEIGHT },
      jack: { x: x + width / 2, y },
      restPoint: { x: x + width / 2, y: y - 26 },
      hasState: true,
    }
  })
}

/** Consumers of one lane, in the lane's own order: a column beside it, or tiles below it. */
export const layOutConsumers = (place: ConsumersArea, direction: Direction = 'across'): ConsumerLayout[] =>
  direction === 'across' ? layOutColumn(place) : layOutTiles(place)
