import type { Place, SeatLayout, Section } from './seat-layout.ts'

/** The port stands on the block's own edge, which is this far left of the map. */
export const PORT_X = -24
const BEND = 8

export interface DrawnCords {
  paths: readonly string[]
  /** The heights of the ports from which cords come. */
  ports: readonly number[]
}

/** Cords from the broker to lit seats: to a lone one of a section its own, to several a rail with a drop to each column. */
export function drawCords(layout: SeatLayout, lit: readonly (readonly number[])[]): DrawnCords {
  const sections = layout.sections.map((section, index) => ({
    section,
    places: (lit[index] ?? []).flatMap((seat) => section.places[seat] ?? []),
  }))
  const used = sections.filter(({ places }) => places.length > 0)
  return {
    paths: used.flatMap(({ section, places }) => cordsTo(section, places, layout.size)),
    ports: used.map(({ section }) => section.railY),
  }
}

function cordsTo({ railY }: Section, places: readonly Place[], size: number): string[] {
  const [only] = places
  if (only === undefined) return []
  if (places.length === 1) return [loneCord(railY, only, size)]
  const lowest = new Map<number, Place>()
  for (const one of places) {
    const known = lowest.get(one.col)
    if (known === undefined || known.y < one.y) lowest.set(one.col, one)
  }
  const end = Math.max(...places.map(({ x }) => x)) + size / 2
  const drops = Array.from(lowest.values(), ({ x, y }) => `M${x + size / 2} ${railY}V${y + size / 2}`)
  return [`M${PORT_X} ${railY}H${end}`, ...drops]
}

/** Into the first row from above; into the others through the gap at the seat's left. */
function loneCord(railY: number, { x, y, row }: Place, size: number): string {
  if (row === 0) {
    const middle = x + size / 2
    return `M${PORT_X} ${railY}H${middle - BEND}Q${middle} ${railY} ${middle} ${railY + BEND}V${y}`
  }
  const gap = x - BEND
  const middle = y + size / 2
  return `M${PORT_X} ${railY}H${gap - BEND}Q${gap} ${railY} ${gap} ${railY + BEND}V${middle - BEND}Q${gap} ${middle} ${gap + BEND} ${middle}`
}
