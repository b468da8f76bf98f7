import { drawSpans } from './draw-spans.ts'
import { drawTracedRows } from './draw-traced.ts'
import type { PaintedFrame } from './frame.ts'
import { GLYPH_DY } from './glyphs.ts'
import type { TimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import { indexOf, middleOf } from './rows.ts'
import { createMarkTiles } from './tiles.ts'
import { endOf, isFollowing, startOf, TICK_MIN_PX, ticks, xOf } from './window.ts'

const TRACE_RADIUS = 6

function drawGround(
  { layout, width, colours, window, now }: PaintedFrame,
  context: CanvasRenderingContext2D,
): void {
  const { rows, height } = layout
  rows.forEach(({ consumer, ref }, index) => {
    context.fillStyle = consumer === null ? colours.hue(`${ref.manifest.look.hue}-tint`) : colours.surface
    context.fillRect(0, index * height, width, height)
  })
  context.fillStyle = colours.line
  for (const at of ticks(window, now, width, TICK_MIN_PX).times) {
    context.fillRect(Math.round(xOf(at, window, now, width)), 0, 1, rows.length * height)
  }
  rows.forEach(({ consumer }, index) => {
    context.fillStyle = consumer === null ? colours.lineStrong : colours.line
    context.fillRect(0, index * height, width, 1)
  })
}

/** Finds the traced message's marks in the window. Reads only the marks that are new since the last frame. */
function createTracedMarks() {
  let of: { log: TimelineLog; traced: string | null; upTo: number; marks: Mark[] } | null = null
  return ({ log, traced, window, now, layout }: PaintedFrame): Mark[] => {
    if (of?.log !== log || of.traced !== traced) of = { log, traced, upTo: 0, marks: [] }
    const { marks, upTo } = of
    if (traced !== null) {
      log.each((mark) => {
        if (mark.messageId === traced) marks.push(mark)
      }, upTo)
    }
    of.upTo = log.taken
    const [start, end] = [startOf(window, now), endOf(window, now)]
    return marks.filter(({ at, from, row }) => at >= start && (from ?? at) <= end && layout.index.has(row))
  }
}

const isArrival = ({ kind }: Mark): boolean =>
  kind === 'delivered' || kind === 'redelivered' || kind === 'published' || kind === 'failed'

/** The traced message: a yellow line down at the time it was sent, with a branch to each arrival. */
function drawTrace(marks: readonly Mark[], frame: PaintedFrame, context: CanvasRenderingContext2D): void {
  const { layout, window, now, width, colours } = frame
  const arrivals = marks.filter(isArrival)
  if (arrivals.length === 0) return
  const rows = arrivals.map(({ row }) => middleOf(layout, layout.index.get(row) ?? 0))
  const sentAt = Math.min(...arrivals.map(({ at, from }) => from ?? at))
  drawTracedRows(frame, context, marks, sentAt)
  const x = xOf(sentAt, window, now, width)
  const stroke = (draw: () => void, wide: number, narrow: number) => {
    for (const [style, line] of [
      [colours.pillEdge, wide],
      [colours.signal, narrow],
    ] as const) {
      context.strokeStyle = style
      context.lineWidth = line
      context.beginPath()
      draw()
      context.stroke()
    }
  }
  stroke(
    () => {
      context.moveTo(x, Math.min(...rows) - layout.height / 2 + 2)
      context.lineTo(x, Math.max(...rows) + layout.height / 2 - 2)
      for (const mark of arrivals) {
        const y = middleOf(layout, layout.index.get(mark.row) ?? 0) + GLYPH_DY[mark.kind]
        context.moveTo(x, y)
        context.lineTo(xOf(mark.at, window, now, width), y)
      }
    },
    5,
    3,
  )
  for (const mark of arrivals) {
    const y = middleOf(layout, layout.index.get(mark.row) ?? 0) + GLYPH_DY[mark.kind]
    context.fillStyle = colours.signal
    context.strokeStyle = colours.pillEdge
    context.lineWidth = 1.5
    context.beginPath()
    context.arc(xOf(mark.at, window, now, width), y, TRACE_RADIUS, 0, Math.PI * 2)
    context.fill()
    context.stroke()
  }
}

function drawSelected(
  { selected, layout, window, now, width, colours }: PaintedFrame,
  context: CanvasRenderingContext2D,
): void {
  if (!selected) return
  const index = indexOf(layout, selected)
  if (index === undefined) return
  context.strokeStyle = colours.ink
  context.lineWidth = 2
  context.beginPath()
  context.arc(
    xOf(selected.at, window, now, width),
    middleOf(layout, index) + GLYPH_DY[selected.kind],
    10,
    0,
    Math.PI * 2,
  )
  context.stroke()
}

/** Draws the whole timeline once per call. Marks are painted once and moved with the window from then on. */
export function createTimelineDrawing(): (frame: PaintedFrame, context: CanvasRenderingContext2D) => void {
  const marks = createMarkTiles()
  const traced = createTracedMarks()
  return (frame, context) => {
    const { layout, window, now, width, colours } = frame
    drawGround(frame, context)
    drawSpans(frame, context)
    marks.draw(frame, context)
    drawTrace(traced(frame), frame, context)
    drawSelected(frame, context)
    if (isFollowing(window)) {
      context.fillStyle = colours.ink
      context.fillRect(Math.round(xOf(now, window, now, width)), 0, 1, layout.rows.length * layout.height)
    }
  }
}
