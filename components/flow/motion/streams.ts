import type { Path } from '../geometry.ts'
import type { Move } from '../moves.ts'
import type { Routes } from '../routes.ts'
import type { CanvasPen } from './pen.ts'

/** Moves per second above which edges are drawn as streams, and below which as single dots again: no eye follows more. */
const DENSE_FROM_PER_SECOND = 120
const DENSE_UNTIL_PER_SECOND = 50
/** Dots in flight at once, however slowly they are drawn. */
export const DOTS_MAX = 200
/** How often the width of the streams is computed anew. */
const REFRESH_EVERY_MS = 250
/** Particles that pass a point per second. The number of particles shows the rate, not their speed. */
const PARTICLE_SPEED = 2.4

/** Counts moves of the last second in slices of a fifth. */
const WINDOW_MS = 1_000
const SLICES = 5
const SLICE_MS = WINDOW_MS / SLICES

interface RateCounter {
  add(now: number): void
  /** Moves within the last second. */
  perSecond(now: number): number
}

function createRateCounter(): RateCounter {
  const slices = new Array<number>(SLICES).fill(0)
  let newest = Number.NEGATIVE_INFINITY
  function advance(now: number): void {
    const slice = Math.floor(now / SLICE_MS)
    const passed = Math.min(SLICES, slice - newest)
    for (let index = 0; index < passed; index += 1) {
      slices.pop()
      slices.unshift(0)
    }
    if (passed > 0) newest = slice
  }
  return {
    add: (now) => {
      advance(now)
      slices[0] = (slices[0] ?? 0) + 1
    },
    perSecond: (now) => {
      advance(now)
      return slices.reduce((sum, count) => sum + count, 0)
    },
  }
}

/** One edge of the drawing with its rate. */
interface Edge {
  path: Path | null
  hue: string | undefined
  rate: RateCounter
}

/** Edges drawn by their rate instead of message by message. Times are those of the wall clock, milliseconds. */
export interface Streams {
  readonly dense: boolean
  /** Counts a move along its edge and decides whether there are too many moves for dots. */
  count(move: Move, producer: string, routes: Routes, dots: number, now: number): void
  /** `reducedMotion`: the particles stand where they are. */
  draw(pen: CanvasPen, now: number, reducedMotion: boolean): void
  /** Forgets the paths of all edges, because the layout has changed. Their rates stay. */
  reset(): void
}

function edgeKey(move: Move, producer: string): string | null {
  if (move.kind === 'publish') return `publish ${producer} ${move.lane} ${move.partition}`
  if (move.kind === 'deliver') return `deliver ${move.lane} ${move.consumer} ${move.partition}`
  return null
}

function edgePath(move: Move, producer: string, routes: Routes): Path | null {
  if (move.kind === 'publish') {
    return move.outcome === 'stored'
      ? routes.inward(producer, move.lane, move.partition)
      : routes.toEntry(producer, move.lane)
  }
  return move.kind === 'deliver' ? routes.outward(move.lane, move.consumer, move.partition) : null
}

export function createStreams(): Streams {
  const edges = new Map<string, Edge>()
  const total = createRateCounter()
  let dense = false
  let rates: ReadonlyMap<Edge, number> = new Map()
  let refreshedAt = Number.NEGATIVE_INFINITY

  const refresh = (now: number): void => {
    if (now - refreshedAt < REFRESH_EVERY_MS) return
    refreshedAt = now
    for (const [key, { rate }] of edges) if (rate.perSecond(now) === 0) edges.delete(key)
    rates = new Map(Array.from(edges.values(), (edge) => [edge, edge.rate.perSecond(now)] as const))
    if (dense && total.perSecond(now) < DENSE_UNTIL_PER_SECOND) dense = false
  }

  return {
    get dense() {
      return dense
    },
    count: (move, producer, routes, dots, now) => {
      const key = edgeKey(move, producer)
      if (key === null) return
      const edge = edges.get(key) ?? { path: null, hue: undefined, rate: createRateCounter() }
      edges.set(key, edge)
      edge.path ??= edgePath(move, producer, routes)
      edge.hue ??= routes.lane(move.lane)?.lane.ref.manifest.look.hue
      edge.rate.add(now)
      total.add(now)
      if (!dense && (dots >= DOTS_MAX || total.perSecond(now) > DENSE_FROM_PER_SECOND)) dense = true
    },
    draw: (pen, now, reducedMotion) => {
      refresh(now)
      if (!dense) return
      const phase = reducedMotion ? 0 : (now / 1_000) * PARTICLE_SPEED
      for (const [{ path, hue }, perSecond] of rates) {
        if (path && hue && perSecond > 0) pen.stream(path, perSecond, phase, hue)
      }
    },
    reset: () => {
      for (const edge of edges.values()) edge.path = null
    },
  }
}
