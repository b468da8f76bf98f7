import type { Mode } from '#lib/protocol/names.ts'

/** One consumer's jack as the rail meets it: its middle, measured from the rail's left edge, and whether a cord runs to it. */
export interface Jack {
  x: number
  plugged: boolean
}

export interface RailGeometry {
  /** Height of the rail itself. */
  height: number
  /** Where the broker's port stands, pixels from the rail's left edge. */
  start: number
  /** How far below the rail's top the jacks' upper edge lies. */
  jackTop: number
}

export interface RailDrawing {
  cords: string[]
  stubs: string[]
  /** Heights at which a port stands on the rail's left edge: one for a queue and a channel, one per cord for a log. */
  ports: number[]
}

/** Corner radius of a cord, and the distance between cords that share the rail. */
const BEND = 8
const SPREAD_PX = 10
/** A dotted stub begins this far above its jack's foot of the rail. */
const STUB_PX = 24

function cordPath(x: number, y: number, { start, jackTop }: RailGeometry): string {
  const bend = Math.max(0, Math.min(BEND, x - start))
  return `M${start} ${y}H${x - bend}Q${x} ${y} ${x} ${y + bend}V${jackTop}`
}

/** Farther jacks take the higher cord, so that cords never cross. */
function heights(count: number, height: number): number[] {
  const spread = count <= 1 ? 0 : Math.min(SPREAD_PX, (height - 2 * BEND) / (count - 1))
  const first = height / 2 + (spread * (count - 1)) / 2
  return Array.from({ length: count }, (_, index) => first - index * spread)
}

/** Where the cords, stubs and ports of one lane run. Pure: jacks in, paths out. */
export function drawRail(mode: Mode, jacks: readonly Jack[], geometry: RailGeometry): RailDrawing {
  const plugged = jacks.filter((jack) => jack.plugged).sort((a, b) => a.x - b.x)
  const ys = heights(plugged.length, geometry.height)
  const middle = geometry.height / 2
  return {
    cords: plugged.map((jack, index) => cordPath(jack.x, ys[index] ?? middle, geometry)),
    stubs: jacks
      .filter((jack) => !jack.plugged)
      .map((jack) => `M${jack.x} ${geometry.jackTop - STUB_PX}V${geometry.jackTop}`),
    ports: mode === 'log' && ys.length > 0 ? ys : [middle],
  }
}
