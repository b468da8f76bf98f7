import { unreachable } from '#lib/util/unreachable.ts'
import type { Box, Direction, Point } from './geometry.ts'
import type { ConsumerLayout } from './layout-consumers.ts'
import type { FlowLane } from './scene.ts'

/** A row of slots: the next message to leave is at its right end. */
export interface SlotsLayout {
  box: Box
  slots: number
  /** The consumer that owns the queue; null: shared by all. */
  consumer: string | null
}

export interface StripLayout {
  partition: number
  /** Left edge of the first cell. */
  start: number
  /** The middle of the strip. */
  y: number
  /** Width of a cell. */
  cell: number
  cells: number
  height: number
  /** Where readers' cords start: right of the last cell. */
  end: Point
}

export type StoreLayout =
  | { kind: 'queue'; slots: SlotsLayout; exit: Point }
  | { kind: 'queues'; queues: readonly SlotsLayout[]; exit: Point }
  /** Nothing is stored; `hub` is where a message is copied to each subscriber. */
  | { kind: 'wire'; hub: Point; exit: Point }
  | { kind: 'log'; strips: readonly StripLayout[]; exit: Point }

const SLOTS = 9
const SLOTS_SMALL = 6
const SLOT_HEIGHT = 72
const CELLS = 10
const STRIP_PITCH = 54
const STRIP_HEIGHT = 34
/** Room inside the box above and below the store, at full scale. */
const HEAD = 62
const FOOT = 40

interface Area {
  /** Left and right edges of the store. */
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

function layOutQueue({ left, right, middle, exit }: Area, scale: number): StoreLayout {
  const height = SLOT_HEIGHT * scale
  const box = { x: left, y: middle - height / 2, width: right - left, height }
  return { kind: 'queue', slots: { box, slots: SLOTS, consumer: null }, exit }
}

function layOutQueues(area: Area, consumers: readonly ConsumerLayout[]): StoreLayout {
  const { left, right, top, bottom, exit } = area
  const pitch = Math.min(44, (bottom - top) / Math.max(1, consumers.length))
  const height = Math.max(8, pitch * 0.62)
  const first = (top + bottom) / 2 - (pitch * (consumers.length - 1)) / 2
  const inset = (right - left) * 0.16
  const queues = consumers.map(({ names }, index) => ({
    box: { x: left + inset, y: first + index * pitch - height / 2, width: right - left - inset, height },
    slots: SLOTS_SMALL,
    consumer: names[0] ?? null,
  }))
  return { kind: 'queues', queues, exit }
}

function layOutLog(lane: FlowLane, area: Area, scale: number): StoreLayout {
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

/** Lays out the store of one lane inside its box. */
export function layOutStore(
  lane: FlowLane,
  box: Box,
  middle: number,
  scale: number,
  consumers: readonly ConsumerLayout[],
  direction: Direction = 'across',
): StoreLayout {
  const area = areaOf(box, middle, scale, direction)
  switch (lane.store) {
    case 'queue':
      return layOutQueue(area, scale)
    case 'queues':
      return layOutQueues(area, consumers)
    case 'wire':
      return { kind: 'wire', hub: { x: box.x + box.width * 0.734, y: middle }, exit: area.exit }
    case 'log':
      return layOutLog(lane, area, scale)
    default:
      return unreachable(lane.store)
  }
}
