import type { Move } from '../moves.ts'
import type { Path } from '../path.ts'
import type { Routes } from '../routes.ts'
import { createMeter } from './meter.ts'
import type { CanvasPen } from './pen.ts'

/** Moves a second above which single dots are no longer told apart, and below which they are again. */
const DENSE_FROM = 120
const DENSE_UNTIL = 50
/** Dots in flight at once, however slowly they are drawn. */
export const DOTS_MAX = 200
/** How often a stream's thickness is looked at. */
const LOOK_EVERY_MS = 250
/** Particles pass a place this often a second; the count of them says the rate, not their speed. */
const PARTICLE_SPEED = 2.4

interface Edge {
  path: Path
  hue: string
}

/** The flow by rate instead of by message. Time here is the world's. */
export interface Streams {
  readonly dense: boolean
  /** Counts a move along its edge and decides anew whether all of this is too dense for dots. */
  count(move: Move, producer: string, routes: Routes, dots: number, world: number): void
  /** `still`: particles stand where they are. */
  draw(pen: CanvasPen, world: number, still: boolean): void
  /** The places have changed. */
  reset(): void
}

function edgeKey(move: Move, producer: string): string | null {
  if (move.kind === 'in') return `in ${producer} ${move.lane} ${move.partition}`
  if (move.kind === 'out') return `out ${move.lane} ${move.consumer} ${move.partition}`
  return null
}

function edgePath(move: Move, producer: string, routes: Routes): Path | null {
  if (move.kind === 'in') {
    return move.end === 'kept'
      ? routes.inward(producer, move.lane, move.partition)
      : routes.toEntry(producer, move.lane)
  }
  return move.kind === 'out' ? routes.outward(move.lane, move.consumer, move.partition) : null
}

export function createStreams(): Streams {
  const meter = createMeter()
  const edges = new Map<string, Edge>()
  let dense = false
  let rates: ReadonlyMap<string, number> = new Map()
  let lookedAt = Number.NEGATIVE_INFINITY

  const look = (world: number): void => {
    if (world - lookedAt < LOOK_EVERY_MS) return
    lookedAt = world
    rates = meter.rates(world)
    if (dense && meter.total(world) < DENSE_UNTIL) dense = false
  }

  return {
    get dense() {
      return dense
    },
    count: (move, producer, routes, dots, world) => {
      const key = edgeKey(move, producer)
      if (key === null) return
      meter.count(key, world)
      if (!edges.has(key)) {
        const path = edgePath(move, producer, routes)
        const hue = routes.lane(move.lane)?.lane.ref.manifest.look.hue
        if (path && hue) edges.set(key, { path, hue })
      }
      if (!dense && (dots >= DOTS_MAX || meter.total(world) > DENSE_FROM)) dense = true
    },
    draw: (pen, world, still) => {
      look(world)
      if (!dense) return
      const phase = still ? 0 : (world / 1_000) * PARTICLE_SPEED
      for (const [key, perSecond] of rates) {
        const edge = edges.get(key)
        if (edge) pen.stream(edge.path, perSecond, phase, edge.hue)
      }
    },
    reset: () => edges.clear(),
  }
}
