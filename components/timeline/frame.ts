import type { Colours } from '../ui/canvas-colours.ts'
import type { GlyphColours } from './glyphs.ts'
import type { TimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import type { RowLayout } from './rows.ts'
import type { TracedRows } from './traced.ts'
import type { TimeWindow } from './window.ts'

/** What one frame of the timeline shows. */
export interface Frame {
  log: TimelineLog
  layout: RowLayout
  window: TimeWindow
  /** The present in the server's time, Unix time in milliseconds. */
  now: number
  selected: Mark | null
}

/** A frame with everything that painting it on a canvas needs. */
export interface PaintedFrame extends Frame {
  /** The canvas's width, pixels of the page. */
  width: number
  colours: Colours
  /** The colours of each row; the same object as long as rows and theme stay the same. */
  rowColours: readonly GlyphColours[]
  /** The traced message's id. */
  traced: string | null
  /** What is said of it where it did not arrive. */
  tracedRows: TracedRows
}
