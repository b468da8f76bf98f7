import { unreachable } from '#lib/util/unreachable.ts'
import type { MarkKind } from './marks.ts'

/** How each kind of mark is drawn; where the Matrix has a shape for it, the shape is the same. */

export interface GlyphColours {
  hue: string
  surface: string
  good: string
  bad: string
  ink: string
}

/** Each kind's vertical distance from the middle of its row, pixels: settlements are drawn below their delivery. */
export const GLYPH_DY: Record<MarkKind, number> = {
  published: 0,
  failed: 0,
  delivered: -4,
  redelivered: -4,
  acknowledged: 7,
  requeued: 7,
  rejected: 7,
  committed: 7,
  ended: 0,
  crashed: 0,
  state: 0,
  assignment: 0,
  gap: 0,
  fault: -4,
}

type Draw = (context: CanvasRenderingContext2D, x: number, y: number, colours: GlyphColours) => void

const TURN = Math.PI * 2
const DOT = 4

const disc: Draw = (context, x, y, { hue }) => {
  context.fillStyle = hue
  context.beginPath()
  context.arc(x, y, DOT, 0, TURN)
  context.fill()
}

const ring =
  (pick: (colours: GlyphColours) => string): Draw =>
  (context, x, y, colours) => {
    context.fillStyle = colours.surface
    context.strokeStyle = pick(colours)
    context.lineWidth = 2
    context.beginPath()
    context.arc(x, y, DOT, 0, TURN)
    context.fill()
    context.stroke()
  }

const tick: Draw = (context, x, y, { hue }) => {
  context.strokeStyle = hue
  context.lineWidth = 2
  context.beginPath()
  context.moveTo(x, y - 6)
  context.lineTo(x, y + 6)
  context.stroke()
}

const check: Draw = (context, x, y, { good }) => {
  context.strokeStyle = good
  context.lineWidth = 1.75
  context.beginPath()
  context.moveTo(x - 3.5, y)
  context.lineTo(x - 1, y + 2.8)
  context.lineTo(x + 3.8, y - 3)
  context.stroke()
}

const triangle: Draw = (context, x, y, { hue }) => {
  context.fillStyle = hue
  context.beginPath()
  context.moveTo(x, y - 3.5)
  context.lineTo(x + 4, y + 3.5)
  context.lineTo(x - 4, y + 3.5)
  context.fill()
}

const diamond: Draw = (context, x, y, { ink }) => {
  context.strokeStyle = ink
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x, y - 4)
  context.lineTo(x + 4, y)
  context.lineTo(x, y + 4)
  context.lineTo(x - 4, y)
  context.closePath()
  context.stroke()
}

const cross: Draw = (context, x, y, { bad }) => {
  context.strokeStyle = bad
  context.lineWidth = 3
  context.beginPath()
  context.moveTo(x - 5, y - 5)
  context.lineTo(x + 5, y + 5)
  context.moveTo(x + 5, y - 5)
  context.lineTo(x - 5, y + 5)
  context.stroke()
}

const square: Draw = (context, x, y, { bad }) => {
  context.fillStyle = bad
  context.fillRect(x - 4, y - 4, 8, 8)
}

const back: Draw = (context, x, y, { ink }) => {
  context.strokeStyle = ink
  context.lineWidth = 1.75
  context.beginPath()
  context.arc(x, y, 3.5, -Math.PI * 0.9, Math.PI * 0.6)
  context.stroke()
}

const bar: Draw = (context, x, y, { ink }) => {
  context.fillStyle = ink
  context.fillRect(x - 1, y - 8, 2, 16)
}

/** A bolt. */
const bolt: Draw = (context, x, y, { bad, surface }) => {
  context.fillStyle = bad
  context.strokeStyle = surface
  context.lineWidth = 1
  context.beginPath()
  for (const [dx, dy] of [
    [2, -8],
    [-5, 1.5],
    [-1, 1.5],
    [-2, 8],
    [5, -1.5],
    [1, -1.5],
  ] as const) {
    context.lineTo(x + dx, y + dy)
  }
  context.closePath()
  context.fill()
  context.stroke()
}

export function glyphOf(kind: MarkKind): Draw {
  switch (kind) {
    case 'published':
      return tick
    case 'failed':
      return ring(({ bad }) => bad)
    case 'delivered':
      return disc
    case 'redelivered':
      return ring(({ hue }) => hue)
    case 'acknowledged':
      return check
    case 'requeued':
      return back
    case 'rejected':
      return ring(({ bad }) => bad)
    case 'committed':
      return triangle
    case 'ended':
      return square
    case 'crashed':
      return cross
    case 'state':
    case 'gap':
      return bar
    case 'assignment':
      return diamond
    case 'fault':
      return bolt
    default:
      return unreachable(kind)
  }
}
