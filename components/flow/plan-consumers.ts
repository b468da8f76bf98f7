import type { Box, Direction, Point } from './path.ts'
import type { FlowConsumer } from './scene.ts'

export interface ConsumerPlan {
  /** Null: several that have no room of their own. */
  consumer: FlowConsumer | null
  /** Names drawn here: one, or all that share the place. */
  names: readonly string[]
  box: Box
  /** Where its cord ends. */
  jack: Point
  /** Where a message comes to rest: on the cord, just before the jack. */
  berth: Point
  /** Room for the second line, its state. */
  hasState: boolean
}

const PITCH_MAX = 112
const PITCH_MIN = 30
const HEIGHT_MAX = 72
const HEIGHT_FOR_STATE = 46
/** Between two boxes. */
const AIR = 8
const BERTH_PX = 46
/** Consumers side by side in one row of a phone. */
const PER_ROW = 3
const TILE_HEIGHT = 66

/** As many places as there is room for; the last one stands for all that have none. */
function shareOut(
  consumers: readonly FlowConsumer[],
  most: number,
): Array<{ consumer: FlowConsumer | null; names: string[] }> {
  const single = consumers.length > most ? consumers.slice(0, Math.max(0, most - 1)) : consumers
  const rest = consumers.slice(single.length)
  const places: Array<{ consumer: FlowConsumer | null; names: string[] }> = single.map((consumer) => ({
    consumer,
    names: [consumer.name],
  }))
  if (rest.length > 0) places.push({ consumer: null, names: rest.map(({ name }) => name) })
  return places
}

function planColumn(consumers: readonly FlowConsumer[], area: Box): ConsumerPlan[] {
  const places = shareOut(consumers, Math.max(1, Math.floor(area.height / PITCH_MIN)))
  const pitch = Math.min(PITCH_MAX, area.height / Math.max(1, places.length))
  const height = Math.min(HEIGHT_MAX, pitch - AIR)
  const first = area.y + (area.height - pitch * (places.length - 1)) / 2
  return places.map((place, index) => {
    const middle = first + index * pitch
    return {
      ...place,
      box: { x: area.x, y: middle - height / 2, width: area.width, height },
      jack: { x: area.x, y: middle },
      berth: { x: area.x - BERTH_PX, y: middle },
      hasState: height >= HEIGHT_FOR_STATE,
    }
  })
}

function planTiles(consumers: readonly FlowConsumer[], area: Box): ConsumerPlan[] {
  const rows = Math.max(1, Math.floor(area.height / (TILE_HEIGHT + AIR)))
  const places = shareOut(consumers, rows * PER_ROW)
  const columns = Math.min(PER_ROW, Math.max(1, places.length))
  const width = (area.width - AIR * (columns - 1)) / columns
  return places.map((place, index) => {
    const x = area.x + (index % columns) * (width + AIR)
    const y = area.y + Math.floor(index / columns) * (TILE_HEIGHT + 2 * AIR)
    return {
      ...place,
      box: { x, y, width, height: TILE_HEIGHT },
      jack: { x: x + width / 2, y },
      berth: { x: x + width / 2, y: y - 26 },
      hasState: true,
    }
  })
}

/** Consumers of one lane, in the lane's own order: a column beside it, or tiles below it. */
export const planConsumers = (
  consumers: readonly FlowConsumer[],
  area: Box,
  direction: Direction = 'across',
): ConsumerPlan[] => (direction === 'across' ? planColumn(consumers, area) : planTiles(consumers, area))
