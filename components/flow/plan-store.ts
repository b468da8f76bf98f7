import { unreachable } from '#lib/util/unreachable.ts'
import type { Box, Direction, Point } from './path.ts'
import type { ConsumerPlan } from './plan-consumers.ts'
import type { FlowLane } from './scene.ts'

/** One line of slots: the next to leave stands at its right end. */
export interface SlotsPlan {
  box: Box
  slots: number
  /** Whose line it is; null: everybody's. */
  consumer: string | null
}

export interface StripPlan {
  partition: number
  /** Left edge of the first cell, and the middle of the strip. */
  start: number
  y: number
  cell: number
  cells: number
  height: number
  /** Where it is read from: right of its last cell. */
  end: Point
}

export type StorePlan =
  | { kind: 'queue'; line: SlotsPlan; exit: Point }
  | { kind: 'queues'; lines: readonly SlotsPlan[]; exit: Point }
  /** Nothing is kept: where the copies part. */
  | { kind: 'wire'; hub: Point; exit: Point }
  | { kind: 'log'; strips: readonly StripPlan[]; exit: Point }

const SLOTS = 9
const SLOTS_SMALL = 6
const SLOT_HEIGHT = 72
const CELLS = 10
const STRIP_PITCH = 54
const STRIP_HEIGHT = 34
/** Room inside the box above and below the store, at full size. */
const HEAD = 62
const FOOT = 40

interface Area {
  /** Left and right edges of what is stored. */
  left: number
  right: number
  top: number
  bottom: number
  middle: number
  exit: Point
}

function areaOf(box: Box, middle: number, scale: number, direction: Direction): Area {
  const left = box.x + box.width * 0.27
  const right = box.x + box.width * (direction === 'across' ? 0.825 : 0.93)
  return {
    left,
    right,
    top: box.y + HEAD * scale,
    bottom: box.y + box.height - FOOT * Math.max(scale, 0.8),
    middle,
    exit:
      direction === 'across'
        ? { x: box.x + box.width, y: middle }
        : { x: (left + right) / 2, y: box.y + box.height },
  }
}

function planQueue({ left, right, middle, exit }: Area, scale: number): StorePlan {
  const height = SLOT_HEIGHT * scale
  const box = { x: left, y: middle - height / 2, width: right - left, height }
  return { kind: 'queue', line: { box, slots: SLOTS, consumer: null }, exit }
}

function planQueues(area: Area, consumers: readonly ConsumerPlan[]): StorePlan {
  const { left, right, top, bottom, exit } = area
  const pitch = Math.min(44, (bottom - top) / Math.max(1, consumers.length))
  const height = Math.max(8, pitch * 0.62)
  const first = (top + bottom) / 2 - (pitch * (consumers.length - 1)) / 2
  const inset = (right - left) * 0.16
  const lines = consumers.map(({ names }, index) => ({
    box: { x: left + inset, y: first + index * pitch - height / 2, width: right - left - inset, height },
    slots: SLOTS_SMALL,
    consumer: names[0] ?? null,
  }))
  return { kind: 'queues', lines, exit }
}

function planLog(lane: FlowLane, area: Area, scale: number): StorePlan {
  const { left, right, top, bottom, exit } = area
  const count = Math.max(1, lane.partitions.length)
  const pitch = Math.min(STRIP_PITCH * scale, (bottom - top) / count)
  const height = Math.min(STRIP_HEIGHT * scale, pitch * 0.66)
  const first = (top + bottom) / 2 - (pitch * (count - 1)) / 2
  const start = left - (right - left) * 0.15
  const cell = (right + (right - left) * 0.16 - start) / CELLS
  const strips = lane.partitions.map((partition, index) => {
    const y = first + index * pitch
    return { partition, start, y, cell, cells: CELLS, height, end: { x: start + CELLS * cell + 3, y } }
  })
  return { kind: 'log', strips, exit }
}

/** What one lane keeps, inside its box. */
export function planStore(
  lane: FlowLane,
  box: Box,
  middle: number,
  scale: number,
  consumers: readonly ConsumerPlan[],
  direction: Direction = 'across',
): StorePlan {
  const area = areaOf(box, middle, scale, direction)
  switch (lane.store) {
    case 'queue':
      return planQueue(area, scale)
    case 'queues':
      return planQueues(area, consumers)
    case 'wire':
      return { kind: 'wire', hub: { x: box.x + box.width * 0.734, y: middle }, exit: area.exit }
    case 'log':
      return planLog(lane, area, scale)
    default:
      return unreachable(lane.store)
  }
}
