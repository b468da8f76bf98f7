import type { BrokerStatus } from '#lib/protocol/status.ts'
import type { You } from '#lib/protocol/you.ts'
import type { MeterView, PaneTallyView, TallyView } from './count-views.ts'
import type { DestinationView, PaneView } from './views.ts'

/** A destination as a page is drawn with it. What only events tell is left out where not all of them were read. */
export interface PicturedDestination {
  view: DestinationView
  tally: TallyView | undefined
  meter: MeterView | undefined
}

/** A consumer as a page is drawn with it: without what it received. */
export interface PicturedPane {
  view: PaneView
  tally: PaneTallyView | undefined
}

/**
 * A room at one moment, as the server draws a page of it before the page's own connection brings its events. Plain data: the
 * page carries it, so that the browser takes over exactly what the server drew.
 */
export interface RoomPicture {
  /** The moment, Unix time in milliseconds. */
  at: number
  numbered: number
  brokers: readonly BrokerStatus[]
  destinations: readonly PicturedDestination[]
  panes: readonly PicturedPane[]
  /** What whoever asked may do; null where everybody may do everything. */
  rights: You | null
}
