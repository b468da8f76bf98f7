import type { RoomEvent } from '#lib/protocol/events.ts'
import { type Counts, countIn, markAt, nextMark } from './find.ts'
import { createTimelineLog, type TimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import type { RowPlaces } from './rows.ts'
import { isFollowing, nextSpan, panBy, reveal, START, type TimeWindow, zoomBy } from './window.ts'

/** What the toolbar shows. Told when it changes, at most a few times a second for what only counts up. */
export interface ChartState {
  following: boolean
  span: number
  /** Marks that came since it stands still. */
  newer: number
  selected: Mark | null
  dropped: number
}

export interface ChartOptions {
  /** Draws once. */
  draw(frame: Frame): void
  width(): number
  /** The present in the server's time, milliseconds since the epoch. */
  now(): number
  request(work: () => void): () => void
  onState(state: ChartState): void
}

export interface Frame {
  log: TimelineLog
  places: RowPlaces
  window: TimeWindow
  now: number
  selected: Mark | null
}

/** A timeline without a screen: what is kept, what is shown of it, and what a person did with that. */
export interface Chart {
  take(events: readonly RoomEvent[]): void
  /** Begins anew from these: what was taken before is another past. */
  restart(past: { events: readonly RoomEvent[]; dropped: number }): void
  setPlaces(places: RowPlaces): void
  setRunning(running: boolean): void
  /** Zooms around a place, or around the middle. */
  zoom(factor: number, x?: number): void
  zoomStep(direction: 1 | -1): void
  pan(pixels: number): void
  /** Points at the mark under a place; null: at none. */
  point(at: { x: number; y: number } | null): Mark | null
  step(direction: 1 | -1): Mark | null
  /** What is in the window now. */
  counts(): Counts
  readonly state: ChartState
  /** Where the present is drawn, and everything else. */
  readonly frame: Frame
  /** Moves by the frame only where motion is wanted; else with events and once a second. */
  setStill(still: boolean): void
  wake(): void
  close(): void
}

/** How often what only counts up is told. */
const TELL_EVERY_MS = 250
/** Where motion is not wanted the present moves on this often. */
const STILL_STEP_MS = 1_000

export function createChart(
  { draw, width, now: present, request, onState }: ChartOptions,
  recent: { events: readonly RoomEvent[]; dropped: number },
): Chart {
  let log = createTimelineLog(recent.dropped)
  log.take(recent.events)
  let places: RowPlaces = { rows: [], height: 1, index: new Map() }
  let window = START
  let selected: Mark | null = null
  let takenAtPause = 0
  let still = false
  let toldAt = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const stateNow = (): ChartState => ({
    following: isFollowing(window),
    span: window.span,
    newer: isFollowing(window) ? 0 : log.taken - takenAtPause,
    selected,
    dropped: log.dropped,
  })
  const tell = (): void => {
    toldAt = performance.now()
    clearTimeout(timer)
    timer = undefined
    onState(stateNow())
  }
  const tellSoon = (): void => {
    if (performance.now() - toldAt >= TELL_EVERY_MS) tell()
    else timer ??= setTimeout(tell, TELL_EVERY_MS)
  }
  const frameNow = (): Frame => {
    const at = present()
    return { log, places, window, now: still ? Math.ceil(at / STILL_STEP_MS) * STILL_STEP_MS : at, selected }
  }
  const wake = (): void => {
    cancel ??= request(() => {
      cancel = undefined
      draw(frameNow())
      if (isFollowing(window) && !still) wake()
    })
  }
  const set = (next: TimeWindow): void => {
    const was = isFollowing(window)
    window = next
    if (was && !isFollowing(next)) {
      takenAtPause = log.taken
      log.freeze()
    } else if (isFollowing(next)) log.thaw()
    tell()
    wake()
  }

  return {
    take: (events) => {
      log.take(events)
      tellSoon()
      wake()
    },
    restart: (past) => {
      log = createTimelineLog(past.dropped)
      log.take(past.events)
      if (!isFollowing(window)) log.freeze()
      takenAtPause = log.taken
      selected = null
      tellSoon()
      wake()
    },
    setPlaces: (next) => {
      places = next
      wake()
    },
    setRunning: (running) => {
      const { now } = frameNow()
      set({ ...window, end: running ? null : (window.end ?? now) })
    },
    zoom: (factor, x = width() / 2) => set(zoomBy(window, factor, x, frameNow().now, width())),
    zoomStep: (direction) => {
      const factor = nextSpan(window.span, direction) / window.span
      set(zoomBy(window, factor, width() / 2, frameNow().now, width()))
    },
    pan: (pixels) => set(panBy(window, pixels, frameNow().now, width())),
    point: (at) => {
      const found = at && markAt(log, places, window, frameNow().now, width(), at)
      if (found === selected) return found
      selected = found
      tell()
      wake()
      return found
    },
    step: (direction) => {
      const { now } = frameNow()
      const found = nextMark(log, places, selected, direction, now) ?? selected
      selected = found
      if (found) set(reveal(window, found.at, now))
      return found
    },
    counts: () => countIn(log, window, frameNow().now),
    get state() {
      return stateNow()
    },
    get frame() {
      return frameNow()
    },
    setStill: (next) => {
      still = next
      wake()
    },
    wake,
    close: () => {
      cancel?.()
      cancel = undefined
      clearTimeout(timer)
    },
  }
}
