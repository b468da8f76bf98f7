import type { PaintedFrame } from './frame.ts'
import type { Mark } from './marks.ts'
import { middleOf } from './rows.ts'
import type { TracedRow } from './traced.ts'
import { xOf } from './window.ts'

/** Draws what the marks of the traced message do not tell: why a consumer has none, and how long the broker keeps it. */

const TEXT_GAP_PX = 10
const PADDING_PX = 4
/** The broker's line lies below its marks, pixels from the row's middle. */
const KEPT_DY = 9
const DASH = [5, 3]
const END_PX = 4

/** Text on the row's own ground, so that marks of other messages do not cross it. */
function write(
  frame: PaintedFrame,
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
): void {
  const { colours, width } = frame
  context.font = `${colours.fontSmall}px ${colours.font}`
  const wide = context.measureText(text).width
  const isBeyond = x + wide + PADDING_PX > width
  const left = Math.max(PADDING_PX, isBeyond ? x - 2 * TEXT_GAP_PX - wide : x)
  context.fillStyle = colours.surface
  context.globalAlpha = 0.85
  context.fillRect(
    left - PADDING_PX,
    y - colours.fontSmall / 2 - 2,
    wide + 2 * PADDING_PX,
    colours.fontSmall + PADDING_PX,
  )
  context.globalAlpha = 1
  context.fillStyle = colours.ink2
  context.textAlign = 'left'
  context.textBaseline = 'middle'
  context.fillText(text, left, y)
}

/** A dashed line as long as the broker keeps the message, and a word at its end. */
function drawKept(
  row: Extract<TracedRow, { kind: 'kept' }>,
  frame: PaintedFrame,
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  index: number,
): void {
  const { layout, window, now, width, rowColours } = frame
  const key = layout.rows[index]?.key ?? ''
  const own = marks.filter(({ row: at }) => at === key || at.startsWith(`${key}/`))
  const taken = Math.min(...own.map(({ at }) => at))
  if (own.length === 0) return
  const from = xOf(taken, window, now, width)
  const left = Math.max(...own.map(({ at }) => at))
  const isStored = row.stored === 'to-now'
  const until =
    row.stored === 'never' ? from : Math.min(width, xOf(isStored ? now : left, window, now, width))
  const y = middleOf(layout, index) + KEPT_DY
  context.strokeStyle = rowColours[index]?.hue ?? frame.colours.ink3
  context.lineWidth = 2
  context.setLineDash(DASH)
  context.beginPath()
  context.moveTo(from, y)
  context.lineTo(until, y)
  context.stroke()
  context.setLineDash([])
  if (row.stored === 'until-last') {
    context.fillStyle = context.strokeStyle
    context.fillRect(until - 1, y - END_PX, 2, 2 * END_PX)
  }
  write(frame, context, row.short, until + TEXT_GAP_PX, y)
}

/** `sentAt`: when the message was sent. */
export function drawTracedRows(
  frame: PaintedFrame,
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  sentAt: number,
): void {
  const { layout, window, now, width, tracedRows } = frame
  const x = xOf(sentAt, window, now, width)
  layout.rows.forEach(({ key }, index) => {
    const row = tracedRows.get(key)
    if (row?.kind === 'kept') drawKept(row, frame, context, marks, index)
    else if (row) write(frame, context, row.short, x + TEXT_GAP_PX, middleOf(layout, index))
  })
}
