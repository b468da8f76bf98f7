import type { PaintedFrame } from './frame.ts'
import { GLYPH_DY, type GlyphColours, glyphOf } from './glyphs.ts'
import type { Mark } from './marks.ts'
import { indexOf, middleOf } from './rows.ts'
import { endOf, startOf } from './window.ts'

/**
 * Draws the marks in tiles of a fixed length of time. Each tile is painted once and moved with the window from then on, so
 * that at thousands of marks a second a frame costs only the new ones.
 */
export interface MarkTiles {
  draw(frame: PaintedFrame, context: CanvasRenderingContext2D): void
}

/** A tile's width: wide enough that few are moved per frame, narrow enough that a new one is painted quickly. */
const TILE_PX = 256
/** How far a glyph reaches beyond its centre. */
const REACH_PX = 10
/** A mark nearer than this to another one of its row and kind is not drawn: nobody could distinguish the two. */
const CROWD_PX = 2
const LINE_ALPHA = 0.55
const LINE_PX = 3

/** What the tiles are painted for. When any of it changes, all tiles are painted again. */
interface Ground extends Pick<PaintedFrame, 'log' | 'layout' | 'rowColours'> {
  /** A tile's width in pixels of the page (a whole number of device pixels), and in milliseconds. */
  px: number
  ms: number
  ratio: number
}

interface Tile {
  canvas: HTMLCanvasElement
  context: CanvasRenderingContext2D
  /** By kind: which positions already have a mark, or a line to a mark further right. */
  crowd: Map<string, Uint8Array>
  isNew: boolean
}

function groundOf({ log, layout, rowColours, window, width }: PaintedFrame, ratio: number): Ground {
  const px = Math.round(TILE_PX * ratio) / ratio
  return { log, layout, rowColours, px, ms: (px * window.length) / width, ratio }
}

const isSame = (a: Ground, b: Ground): boolean =>
  a.log === b.log &&
  a.layout === b.layout &&
  a.rowColours === b.rowColours &&
  a.ms === b.ms &&
  a.ratio === b.ratio

function createTile({ layout, px, ratio }: Ground): Tile | null {
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(px * ratio)
  canvas.height = Math.max(1, Math.round(layout.rows.length * layout.height * ratio))
  const context = canvas.getContext('2d')
  context?.scale(ratio, ratio)
  return context && { canvas, context, crowd: new Map(), isNew: true }
}

function isCrowded({ crowd }: Tile, { layout, px }: Ground, kind: string, row: number, x: number): boolean {
  const columns = Math.ceil((px + 2 * REACH_PX) / CROWD_PX) + 1
  let cells = crowd.get(kind)
  if (!cells) {
    cells = new Uint8Array(layout.rows.length * columns)
    crowd.set(kind, cells)
  }
  const cell = row * columns + Math.floor((x + REACH_PX) / CROWD_PX)
  if (cells[cell] === 1) return true
  cells[cell] = 1
  return false
}

function drawLine(
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  y: number,
  { hue }: GlyphColours,
): void {
  context.globalAlpha = LINE_ALPHA
  context.strokeStyle = hue
  context.lineWidth = LINE_PX
  context.beginPath()
  context.moveTo(from, y)
  context.lineTo(to, y)
  context.stroke()
  context.globalAlpha = 1
}

/** Paints the part of a mark that lies on the tile starting at `start`. */
function paint(tile: Tile, ground: Ground, mark: Mark, start: number): void {
  const { at, from, kind } = mark
  const { layout, px, ms, rowColours } = ground
  const index = indexOf(layout, mark)
  const colours = index === undefined ? undefined : rowColours[index]
  if (index === undefined || !colours) return
  const x = ((at - start) * px) / ms
  const isHere = x <= px + REACH_PX
  if (isCrowded(tile, ground, isHere ? kind : `${kind} further on`, index, isHere ? x : x % px)) return
  const y = middleOf(layout, index) + GLYPH_DY[kind]
  const lineFrom = from === null ? x : ((from - start) * px) / ms
  if (x - lineFrom >= 1) {
    drawLine(tile.context, Math.max(-REACH_PX, lineFrom), Math.min(px + REACH_PX, x), y, colours)
  }
  if (isHere) glyphOf(kind)(tile.context, x, y, colours)
}

export function createMarkTiles(): MarkTiles {
  let ground: Ground | null = null
  let painted = 0
  const tiles = new Map<number, Tile>()

  /** Keeps tiles for the window and drops those far from it; returns whether any tile is still empty. */
  function cover(now: Ground, first: number, last: number): boolean {
    for (const number of tiles.keys()) if (number < first - 1 || number > last + 1) tiles.delete(number)
    let hasNew = false
    for (let number = first; number <= last; number += 1) {
      if (tiles.has(number)) continue
      const tile = createTile(now)
      if (tile) tiles.set(number, tile)
      hasNew = true
    }
    return hasNew
  }

  function paintNew(now: Ground, hasNew: boolean): void {
    const reachMs = (REACH_PX * now.ms) / now.px
    now.log.each(
      (mark, number) => {
        const first = Math.floor(((mark.from ?? mark.at) - reachMs) / now.ms)
        const last = Math.floor((mark.at + reachMs) / now.ms)
        for (const [index, tile] of tiles) {
          if (index < first || index > last || (number < painted && !tile.isNew)) continue
          paint(tile, now, mark, index * now.ms)
        }
      },
      hasNew ? 0 : painted,
    )
    painted = now.log.taken
    for (const tile of tiles.values()) tile.isNew = false
  }

  return {
    draw: (frame, context) => {
      const wanted = groundOf(frame, devicePixelRatio)
      if (ground === null || !isSame(ground, wanted)) {
        tiles.clear()
        ground = wanted
      }
      const { ms, px, ratio } = ground
      const start = startOf(frame.window, frame.now)
      const first = Math.floor(start / ms)
      const last = Math.floor(endOf(frame.window, frame.now) / ms)
      paintNew(ground, cover(ground, first, last))
      const left = Math.round((first - start / ms) * px * ratio) / ratio
      const height = frame.layout.rows.length * frame.layout.height
      for (let number = first; number <= last; number += 1) {
        const tile = tiles.get(number)
        if (tile) context.drawImage(tile.canvas, left + (number - first) * px, 0, px, height)
      }
    },
  }
}
