/** Paths that are drawn still as SVG and travelled along on a canvas: one geometry for both. Units are pixels. */

export interface Point {
  x: number
  y: number
}

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Path {
  /** For SVG. */
  d: string
  /** Where one is after a share of the way, 0 to 1, by length. */
  at(share: number): Point
}

type Step = { to: Point; bend?: readonly [Point, Point] }

/** Points a curve is flattened to: no eye sees the corners, and a step along it costs no more than a lookup. */
const POINTS_PER_CURVE = 24

const round = (value: number): number => Math.round(value * 10) / 10
const words = ({ x, y }: Point): string => `${round(x)} ${round(y)}`

function onCurve(from: Point, [one, two]: readonly [Point, Point], to: Point, t: number): Point {
  const u = 1 - t
  const mix = (a: number, b: number, c: number, d: number) =>
    u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d
  return { x: mix(from.x, one.x, two.x, to.x), y: mix(from.y, one.y, two.y, to.y) }
}

function flatten(start: Point, steps: readonly Step[]): Point[] {
  const points = [start]
  let from = start
  for (const { to, bend } of steps) {
    if (bend) {
      for (let index = 1; index < POINTS_PER_CURVE; index += 1) {
        points.push(onCurve(from, bend, to, index / POINTS_PER_CURVE))
      }
    }
    points.push(to)
    from = to
  }
  return points
}

const distance = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y)

/** Walks along flattened points by length. */
function along(points: readonly Point[]): (share: number) => Point {
  const lengths = [0]
  for (let index = 1; index < points.length; index += 1) {
    const [before, here] = [points[index - 1] as Point, points[index] as Point]
    lengths.push((lengths[index - 1] ?? 0) + distance(before, here))
  }
  const whole = lengths.at(-1) ?? 0
  return (share) => {
    const wanted = Math.min(1, Math.max(0, share)) * whole
    let index = lengths.findIndex((length) => length >= wanted)
    if (index <= 0) index = whole === 0 ? 0 : Math.max(1, index)
    const here = points[index] as Point
    const before = points[index - 1] ?? here
    const span = (lengths[index] ?? 0) - (lengths[index - 1] ?? 0)
    const part = span === 0 ? 1 : (wanted - (lengths[index - 1] ?? 0)) / span
    return { x: before.x + (here.x - before.x) * part, y: before.y + (here.y - before.y) * part }
  }
}

export function pathOf(start: Point, steps: readonly Step[]): Path {
  const d = steps.map(({ to, bend }) =>
    bend ? `C${words(bend[0])} ${words(bend[1])} ${words(to)}` : `L${words(to)}`,
  )
  return { d: `M${words(start)}${d.join('')}`, at: along(flatten(start, steps)) }
}

export type Direction = 'across' | 'down'

/** The step that leaves and arrives straight and bends between: to the right, or downwards. */
export function bendTo(from: Point, to: Point, direction: Direction): Step {
  if (direction === 'across') {
    const middle = (from.x + to.x) / 2
    return {
      to,
      bend: [
        { x: middle, y: from.y },
        { x: middle, y: to.y },
      ],
    }
  }
  const middle = (from.y + to.y) / 2
  return {
    to,
    bend: [
      { x: from.x, y: middle },
      { x: to.x, y: middle },
    ],
  }
}

/** Halvings until a place on a path is known to less than a pixel. */
const HALVINGS = 12

/** Where a path that runs to the right passes a place across. */
export function atX(path: Path, x: number): Point {
  let [before, behind] = [0, 1]
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (before + behind) / 2
    if (path.at(middle).x < x) before = middle
    else behind = middle
  }
  return path.at(behind)
}

/** The same way back. */
export const reversed = (path: Path): Path => ({ d: path.d, at: (share) => path.at(1 - share) })
