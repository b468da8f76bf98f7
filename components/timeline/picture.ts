import type { Colours } from '../ui/canvas-colours.ts'
import type { GlyphColours } from './glyphs.ts'
import type { TimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import type { RowPlaces } from './rows.ts'
import type { TimeWindow } from './window.ts'

/** Everything that one frame of the timeline is drawn from. */
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
