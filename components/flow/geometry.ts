import type { CSSProperties } from 'react'

/** The geometry that the SVG drawing and the canvas animation share. Units are pixels. */

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

/** Positions an element in its box. */
export const boxStyle = ({ x, y, width, height }: Box): CSSProperties => ({ left: x, top: y, width, height })

/** Positions an element at a point; its class decides which part of the element lies there. */
export const pointStyle = ({ x, y }: Point): CSSProperties => ({ left: x, top: y })

export interface Path {
  /** The `d` attribute of an SVG path. */
  d: string
  /** The point after a share of the path's length, 0 to 1. */
  at(share: number): Point
}

type Step = { to: Point; bend?: readonly [Point, Point] }

/** Points per flattened curve: enough to look round, and a position on it is a lookup. */
const POINTS_PER_CURVE = 24

const round = (value: number): number => Math.round(value * 10) / 10
const coordinates = ({ x, y }: Point): string => `${round(x)} ${round(y)}`

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

/** Finds points along a flattened path by length. */
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
    bend ? `C${coordinates(bend[0])} ${coordinates(bend[1])} ${coordinates(to)}` : `L${coordinates(to)}`,
  )
  return { d: `M${coordinates(start)}${d.join('')}`, at: along(flatten(start, steps)) }
}

export type Direction = 'across' | 'down'

/** A curve that starts and ends straight and bends between the two: to the right, or downwards. */
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

/** Bisections until a point on a path is known to less than a pixel. */
const HALVINGS = 12

/** Where a path that runs to the right crosses a vertical line at `x`. */
export function atX(path: Path, x: number): Point {
  let [before, behind] = [0, 1]
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (before + behind) / 2
    if (path.at(middle).x < x) before = middle
    else behind = middle
  }
  return path.at(behind)
}

/** The same path in the other direction. */
export const reversed = (path: Path): Path => ({ d: path.d, at: (share) => path.at(1 - share) })
