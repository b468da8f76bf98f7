import { unreachable } from '#lib/util/unreachable.ts'
import type { Colours } from '../../ui/canvas-colours.ts'
import type { Path, Point } from '../geometry.ts'
import type { Pen, PillLook } from './animation.ts'

export interface CanvasPen extends Pen {
  restyle(colours: Colours): void
  /** Draws an edge as a stream, wider for a higher rate, with particles along it. */
  stream(path: Path, perSecond: number, phase: number, hue: string): void
}

const PILL_HEIGHT_EM = 1.62
const PILL_PADDING_EM = 1.2
/** How many measured texts are kept: message numbers rise without end. */
const WIDTHS_KEPT = 500
const PARTICLES_MAX = 14
const STREAM_WIDTH_MAX = 14

function fillOf(look: PillLook, colours: Colours): { fill: string; text: string } {
  switch (look.kind) {
    case 'message':
      return { fill: colours.signal, text: colours.onSignal }
    case 'bad':
      return { fill: colours.bad, text: colours.onBad }
    case 'hue':
      return { fill: colours.hue(look.hue), text: colours.onHue(look.hue) }
    default:
      return unreachable(look)
  }
}

/** A stream's width, pixels: 3.5 more for each tenfold rate. */
const streamWidth = (perSecond: number): number =>
  Math.min(STREAM_WIDTH_MAX, 3 + 3.5 * Math.log10(1 + perSecond))

/** How many particles are on an edge at once. */
const particlesFor = (perSecond: number): number =>
  Math.min(PARTICLES_MAX, Math.max(1, Math.round(2 + 3 * Math.log10(1 + perSecond))))

function drawPill(
  context: CanvasRenderingContext2D,
  colours: Colours,
  { x, y }: Point,
  pill: { text: string; textWidth: number; look: PillLook },
): void {
  const { fontSize, pillEdge, pillEdgeWidth } = colours
  const { fill, text: ink } = fillOf(pill.look, colours)
  const height = fontSize * PILL_HEIGHT_EM
  const width = pill.textWidth + fontSize * PILL_PADDING_EM
  context.beginPath()
  context.roundRect(x - width / 2, y - height / 2, width, height, height / 2)
  context.lineWidth = pillEdgeWidth
  context.strokeStyle = pillEdge
  context.stroke()
  context.fillStyle = fill
  context.fill()
  context.fillStyle = ink
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(pill.text, x, y + fontSize * 0.06)
}

function drawDisc(context: CanvasRenderingContext2D, { x, y }: Point, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
}

export function createCanvasPen(context: CanvasRenderingContext2D, initial: Colours): CanvasPen {
  let colours = initial
  let widths = new Map<string, number>()

  /** Measures with the font that is set on the context. */
  const widthOf = (text: string): number => {
    const known = widths.get(text)
    if (known !== undefined) return known
    if (widths.size >= WIDTHS_KEPT) widths = new Map()
    const { width } = context.measureText(text)
    widths.set(text, width)
    return width
  }

  return {
    restyle: (next) => {
      colours = next
      widths = new Map()
    },
    pill: (at, text, look, alpha) => {
      context.font = `${colours.weight} ${colours.fontSize}px ${colours.font}`
      context.globalAlpha = alpha
      drawPill(context, colours, at, { text, textWidth: widthOf(text), look })
      context.globalAlpha = 1
    },
    dot: (at, radius, alpha) => {
      context.globalAlpha = alpha
      context.fillStyle = colours.signal
      drawDisc(context, at, radius)
      context.globalAlpha = 1
    },
    stream: (path, perSecond, phase, hue) => {
      const width = streamWidth(perSecond)
      context.globalAlpha = 0.55
      context.lineWidth = width
      context.lineCap = 'round'
      context.strokeStyle = colours.hue(hue)
      context.stroke(new Path2D(path.d))
      context.globalAlpha = 1
      context.fillStyle = colours.signal
      const count = particlesFor(perSecond)
      for (let index = 0; index < count; index += 1) {
        drawDisc(context, path.at(((index + phase) % count) / count), Math.max(2.5, width / 2.6))
      }
    },
  }
}
