import type { Colours } from '../ui/canvas-colours.ts'
import { drawSpans } from './draw-spans.ts'
import { GLYPH_DY, type GlyphColours, glyphOf } from './glyphs.ts'
import type { TimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import type { RowPlaces } from './rows.ts'
import { endOf, isFollowing, startOf, type TimeWindow, ticks, xOf } from './window.ts'

export interface Picture {
  log: TimelineLog
  places: RowPlaces
  window: TimeWindow
  /** The present, in the server's time. */
  now: number
  width: number
  colours: Colours
  /** A row's colours; the same object for the same row. */
  rowColours: readonly GlyphColours[]
  traced: string | null
  selected: Mark | null
}

/** Between two lines of the axis. */
export const TICK_PX = 96
const TRACE_RADIUS = 6
const LINE_ALPHA = 0.55
/** Marks nearer than this to one of the same row and kind are not drawn again: they would not be told apart. */
const CROWD_PX = 2

export const middleOf = ({ height }: RowPlaces, index: number): number => (index + 0.5) * height

function drawGround(
  { places, width, colours, window, now }: Picture,
  context: CanvasRenderingContext2D,
): void {
  const { rows, height } = places
  rows.forEach(({ consumer, ref }, index) => {
    context.fillStyle = consumer === null ? colours.hue(`${ref.manifest.look.hue}-tint`) : colours.surface
    context.fillRect(0, index * height, width, height)
  })
  context.fillStyle = colours.line
  for (const at of ticks(window, now, width, TICK_PX).times) {
    context.fillRect(Math.round(xOf(at, window, now, width)), 0, 1, rows.length * height)
  }
  rows.forEach(({ consumer }, index) => {
    context.fillStyle = consumer === null ? colours.lineStrong : colours.line
    context.fillRect(0, index * height, width, 1)
  })
}

/** Says of each place on a row whether a mark of that kind stands there already. */
function createCrowd(rows: number, width: number) {
  const columns = Math.ceil(width / CROWD_PX) + 1
  const taken = new Map<string, Uint8Array>()
  return (kind: string, row: number, x: number): boolean => {
    let cells = taken.get(kind)
    if (!cells) {
      cells = new Uint8Array(rows * columns)
      taken.set(kind, cells)
    }
    const cell = row * columns + Math.floor(x / CROWD_PX)
    if (cells[cell] === 1) return true
    cells[cell] = 1
    return false
  }
}

/** Draws what is in the window, and returns the traced message's marks, to be drawn over all others. */
function drawMarks(picture: Picture, context: CanvasRenderingContext2D): Mark[] {
  const { log, places, window, now, width, rowColours, traced } = picture
  const start = startOf(window, now)
  const end = endOf(window, now)
  const scale = width / window.span
  const crowd = createCrowd(places.rows.length, width)
  const of: Mark[] = []
  log.each((mark) => {
    const { at, from, row, kind } = mark
    if (at < start || (from ?? at) > end) return
    const index = places.index.get(row)
    if (index === undefined) return
    if (traced !== null && mark.messageId === traced) of.push(mark)
    const x = (at - start) * scale
    const colours = rowColours[index]
    if (at > end || !colours || crowd(kind, index, x)) return
    const y = middleOf(places, index) + GLYPH_DY[kind]
    if (from !== null) drawLine(context, (from - start) * scale, x, y, colours.hue)
    glyphOf(kind)(context, x, y, colours)
  })
  return of
}

function drawLine(context: CanvasRenderingContext2D, from: number, to: number, y: number, hue: string): void {
  if (to - from < 1) return
  context.globalAlpha = LINE_ALPHA
  context.strokeStyle = hue
  context.lineWidth = 3
  context.beginPath()
  context.moveTo(Math.max(0, from), y)
  context.lineTo(to, y)
  context.stroke()
  context.globalAlpha = 1
}

const isArrival = ({ kind }: Mark): boolean =>
  kind === 'delivered' || kind === 'redelivered' || kind === 'published' || kind === 'failed'

/** The traced message: one yellow line down from its publish, and along it to each arrival. */
function drawTrace(marks: readonly Mark[], picture: Picture, context: CanvasRenderingContext2D): void {
  const { places, window, now, width, colours } = picture
  const arrivals = marks.filter(isArrival)
  if (arrivals.length === 0) return
  const rows = arrivals.map(({ row }) => middleOf(places, places.index.get(row) ?? 0))
  const sentAt = Math.min(...arrivals.map(({ at, from }) => from ?? at))
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
      context.moveTo(x, Math.min(...rows) - places.height / 2 + 2)
      context.lineTo(x, Math.max(...rows) + places.height / 2 - 2)
      for (const mark of arrivals) {
        const y = middleOf(places, places.index.get(mark.row) ?? 0) + GLYPH_DY[mark.kind]
        context.moveTo(x, y)
        context.lineTo(xOf(mark.at, window, now, width), y)
      }
    },
    5,
    3,
  )
  for (const mark of arrivals) {
    const y = middleOf(places, places.index.get(mark.row) ?? 0) + GLYPH_DY[mark.kind]
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
  { selected, places, window, now, width, colours }: Picture,
  context: CanvasRenderingContext2D,
): void {
  if (!selected) return
  const index = places.index.get(selected.row)
  if (index === undefined) return
  context.strokeStyle = colours.ink
  context.lineWidth = 2
  context.beginPath()
  context.arc(
    xOf(selected.at, window, now, width),
    middleOf(places, index) + GLYPH_DY[selected.kind],
    10,
    0,
    Math.PI * 2,
  )
  context.stroke()
}

/** Draws the whole timeline once. */
export function drawTimeline(picture: Picture, context: CanvasRenderingContext2D): void {
  const { places, window, now, width, colours } = picture
  drawGround(picture, context)
  drawSpans(picture, context)
  drawTrace(drawMarks(picture, context), picture, context)
  drawSelected(picture, context)
  if (isFollowing(window)) {
    context.fillStyle = colours.ink
    context.fillRect(Math.round(xOf(now, window, now, width)), 0, 1, places.rows.length * places.height)
  }
}
