import { formatLatency } from '../ui/format.ts'
import type { PaintedFrame } from './frame.ts'
import { indexOf } from './rows.ts'
import type { Span } from './spans.ts'
import { xOf } from './window.ts'

/** Draws spans behind the marks: a hatch where something was away, a bar for a rebalance. */

const HATCH_PX = 8
/** How much higher a bar is than its text, pixels. */
const BAR_PADDING_PX = 2
/** Even the shortest span has to be visible, pixels. */
const WIDTH_MIN = 3
const LABEL_FROM_PX = 64
/** A fault that somebody made is a bar along the row's upper edge, so that its effects show below it. */
const FAULT_PX = 3

const patterns = new Map<string, CanvasPattern | null>()

/** Diagonal lines in one colour; made once per colour. */
function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const known = patterns.get(colour)
  if (known !== undefined) return known
  const tile = document.createElement('canvas')
  tile.width = HATCH_PX
  tile.height = HATCH_PX
  const pen = tile.getContext('2d')
  if (pen) {
    pen.strokeStyle = colour
    pen.globalAlpha = 0.45
    pen.lineWidth = 1.5
    pen.beginPath()
    for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
      pen.moveTo(shift, HATCH_PX)
      pen.lineTo(shift + HATCH_PX, 0)
    }
    pen.stroke()
  }
  const made = context.createPattern(tile, 'repeat')
  patterns.set(colour, made)
  return made
}

/** The rows that a span covers: one row, a system's rows, or all. */
function rowsOf(span: Span, { layout }: PaintedFrame): number[] {
  const one = indexOf(layout, span)
  if (one !== undefined) return [one]
  return layout.rows.flatMap(({ system }, index) => (span.row === '' || system === span.row ? [index] : []))
}

function drawRebalance(
  span: Span,
  frame: PaintedFrame,
  context: CanvasRenderingContext2D,
  x: number,
  width: number,
  row: number,
): void {
  const { layout, colours, rowColours } = frame
  const hue = rowColours[row]?.hue ?? colours.ink3
  const height = colours.fontSmall + BAR_PADDING_PX
  const y = (row + 1) * layout.height - height - 1
  context.globalAlpha = 0.35
  context.fillStyle = hue
  context.fillRect(x, y, width, height)
  context.globalAlpha = 1
  context.fillStyle = hue
  context.fillRect(x, y, 2, height)
  context.fillRect(x + width - 2, y, 2, height)
  if (width < LABEL_FROM_PX || span.until === null) return
  context.font = `${colours.fontSmall}px ${colours.font}`
  context.fillStyle = colours.ink
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(formatLatency(span.until - span.from), x + width / 2, y + height / 2 + 0.5)
}

function drawSpan(span: Span, frame: PaintedFrame, context: CanvasRenderingContext2D): void {
  const { window, now, width: whole, layout, colours } = frame
  const from = xOf(span.from, window, now, whole)
  const until = xOf(span.until ?? now, window, now, whole)
  if (until < 0 || from > whole) return
  const x = Math.max(-WIDTH_MIN, from)
  const width = Math.max(WIDTH_MIN, Math.min(whole + WIDTH_MIN, until) - x)
  for (const row of rowsOf(span, frame)) {
    if (span.kind === 'rebalance') {
      drawRebalance(span, frame, context, x, width, row)
      continue
    }
    if (span.kind === 'fault') {
      context.fillStyle = colours.bad
      context.fillRect(x, row * layout.height + 1, width, FAULT_PX)
      continue
    }
    if (span.kind === 'paused') {
      context.fillStyle = colours.line
      context.globalAlpha = 0.6
    } else {
      const isBad = span.kind === 'crashed' || span.kind === 'outage'
      context.fillStyle = hatch(context, isBad ? colours.bad : colours.ink3) ?? colours.line
    }
    context.fillRect(x, row * layout.height + 1, width, layout.height - 1)
    context.globalAlpha = 1
  }
}

export function drawSpans(frame: PaintedFrame, context: CanvasRenderingContext2D): void {
  for (const span of frame.log.spans) drawSpan(span, frame, context)
}
