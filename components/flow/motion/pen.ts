import { unreachable } from '#lib/util/unreachable.ts'
import type { Colours } from '../../ui/canvas-colours.ts'
import type { Path } from '../path.ts'
import type { Pen, PillLook } from './animation.ts'

export interface CanvasPen extends Pen {
  restyle(colours: Colours): void
  /** An edge as a stream: the faster, the thicker, with particles marching along. */
  stream(path: Path, perSecond: number, phase: number, hue: string): void
}

const PILL_HEIGHT_EM = 1.62
const PILL_AIR_EM = 1.2
/** Measured words kept; numbers of messages rise for ever. */
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

/** Thickness of a stream: two more pixels for each tenfold. */
export const streamWidth = (perSecond: number): number =>
  Math.min(STREAM_WIDTH_MAX, 3 + 3.5 * Math.log10(1 + perSecond))

/** How many particles are on an edge at once. */
export const particlesFor = (perSecond: number): number =>
  Math.min(PARTICLES_MAX, Math.max(1, Math.round(2 + 3 * Math.log10(1 + perSecond))))

export function createCanvasPen(context: CanvasRenderingContext2D, initial: Colours): CanvasPen {
  let colours = initial
  let widths = new Map<string, number>()

  const widthOf = (words: string): number => {
    const known = widths.get(words)
    if (known !== undefined) return known
    if (widths.size >= WIDTHS_KEPT) widths = new Map()
    const width = context.measureText(words).width
    widths.set(words, width)
    return width
  }

  return {
    restyle: (next) => {
      colours = next
      widths = new Map()
    },
    pill: (at, words, look, alpha) => {
      const { fontSize, font, weight, pillEdge, pillEdgeWidth } = colours
      const { fill, text } = fillOf(look, colours)
      context.font = `${weight} ${fontSize}px ${font}`
      const height = fontSize * PILL_HEIGHT_EM
      const width = widthOf(words) + fontSize * PILL_AIR_EM
      context.globalAlpha = alpha
      context.beginPath()
      context.roundRect(at.x - width / 2, at.y - height / 2, width, height, height / 2)
      context.lineWidth = pillEdgeWidth
      context.strokeStyle = pillEdge
      context.stroke()
      context.fillStyle = fill
      context.fill()
      context.fillStyle = text
      context.textAlign = 'center'
      context.textBaseline = 'middle'
      context.fillText(words, at.x, at.y + fontSize * 0.06)
      context.globalAlpha = 1
    },
    dot: (at, radius, alpha) => {
      context.globalAlpha = alpha
      context.fillStyle = colours.signal
      context.beginPath()
      context.arc(at.x, at.y, radius, 0, Math.PI * 2)
      context.fill()
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
        const at = path.at(((index + phase) % count) / count)
        context.beginPath()
        context.arc(at.x, at.y, Math.max(2.5, width / 2.6), 0, Math.PI * 2)
        context.fill()
      }
    },
  }
}
