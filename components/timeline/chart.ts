import type { RoomEvent } from '#lib/protocol/events.ts'
import { type Counts, countIn, lifeOf, markAt, markOfEvent, nextMark } from './find-marks.ts'
import type { Frame } from './frame.ts'
import { createTimelineLog } from './log.ts'
import type { Mark } from './marks.ts'
import type { RowLayout } from './rows.ts'
import {
  endOf,
  fitting,
  isFollowing,
  nextLength,
  panBy,
  reveal,
  START,
  startOf,
  type TimeWindow,
  zoomBy,
} from './window.ts'

/** What the toolbar shows. */
export interface ChartState {
  following: boolean
  length: number
  /** Marks that came since the chart was paused. */
  newer: number
  selected: Mark | null
  dropped: number
}

export interface ChartOptions {
  draw(frame: Frame): void
  width(): number
  /** The present in the server's time, Unix time in milliseconds. */
  now(): number
  /** Runs `work` at the next frame and returns a function that cancels it. */
  request(work: () => void): () => void
  /** Called on each change; at most every `NOTIFY_EVERY_MS` for counts that only rise. */
  onState(state: ChartState): void
}

/** The timeline's state without a screen: its marks, the window in time, and the selection. */
export interface Chart {
  take(events: readonly RoomEvent[]): void
  /** Replaces all events, after a jump in a recording. */
  restart(past: PastEvents): void
  setRows(layout: RowLayout): void
  setRunning(running: boolean): void
  /** Zooms around a position in pixels, or around the middle. */
  zoom(factor: number, x?: number): void
  zoomStep(direction: 1 | -1): void
  pan(pixels: number): void
  /** Selects and returns the mark under a position in pixels; null selects none. */
  point(at: { x: number; y: number } | null): Mark | null
  /** Selects the mark of an event; with `until` the window fits the time from the event to then. */
  select(event: RoomEvent, until?: number): void
  /** Selects the next or previous mark and moves the window to it. */
  step(direction: 1 | -1): Mark | null
  /** Shows the whole life of a message; returns whether it has any mark here. */
  fit(messageId: string): boolean
  /** Some of the message's life lies in the window. */
  isShown(messageId: string): boolean
  /** The marks in the window, counted by row and kind. */
  counts(): Counts
  readonly state: ChartState
  readonly frame: Frame
  /** With reduced motion the chart moves with events and once a second, not with every frame. */
  setReducedMotion(reduced: boolean): void
  wake(): void
  close(): void
}

interface PastEvents {
  events: readonly RoomEvent[]
  /** How many earlier events are not held any more. */
  dropped: number
}

/** How often counts that only rise are reported, milliseconds. */
const NOTIFY_EVERY_MS = 250
/** How often the present moves on with reduced motion, milliseconds. */
const REDUCED_STEP_MS = 1_000

function createNotifier(notify: () => void) {
  let notifiedAt = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  const now = (): void => {
    notifiedAt = performance.now()
    clearTimeout(timer)
    timer = undefined
    notify()
  }
  return {
    now,
    soon: (): void => {
      if (performance.now() - notifiedAt >= NOTIFY_EVERY_MS) now()
      else timer ??= setTimeout(now, NOTIFY_EVERY_MS)
    },
    close: (): void => clearTimeout(timer),
  }
}

/** The mutable state of a chart. */
function createModel(past: PastEvents, present: () => number) {
  const logOf = ({ events, dropped }: PastEvents) => {
    const log = createTimelineLog(dropped)
    log.take(events)
    return log
  }
  return {
    log: logOf(past),
    layout: { rows: [], height: 1, index: new Map() } as RowLayout,
    window: START,
    selected: null as Mark | null,
    takenAtPause: 0,
    reducedMotion: false,
    present,
    get frame(): Frame {
      const { log, layout, window, selected } = this
      const at = present()
      const now = this.reducedMotion ? Math.ceil(at / REDUCED_STEP_MS) * REDUCED_STEP_MS : at
      return { log, layout, window, now, selected }
    },
    get state(): ChartState {
      const { log, window, selected, takenAtPause } = this
      const following = isFollowing(window)
      const newer = following ? 0 : log.taken - takenAtPause
      return { following, length: window.length, newer, selected, dropped: log.dropped }
    },
    setWindow(next: TimeWindow): void {
      const wasFollowing = isFollowing(this.window)
      this.window = next
      if (isFollowing(next)) this.log.thaw()
      else if (wasFollowing) {
        this.takenAtPause = this.log.taken
        this.log.freeze()
      }
    },
    restart(from: PastEvents): void {
      this.log = logOf(from)
      if (!isFollowing(this.window)) this.log.freeze()
      this.takenAtPause = this.log.taken
      this.selected = null
    },
  }
}

type Model = ReturnType<typeof createModel>

/** The part of a chart that moves its window and its selection. */
type Navigation = Pick<
  Chart,
  'setRunning' | 'zoom' | 'zoomStep' | 'pan' | 'point' | 'select' | 'step' | 'fit'
>

function createNavigation(model: Model, width: () => number, changed: () => void): Navigation {
  const setWindow = (next: TimeWindow): void => {
    model.setWindow(next)
    changed()
  }
  const zoom = (factor: number, x = width() / 2): void =>
    setWindow(zoomBy(model.window, factor, x, model.frame.now, width()))
  return {
    setRunning: (running) => {
      const { window } = model
      // The present itself, which reduced motion rounds up: what comes after the pause lies outside the window.
      setWindow({ ...window, end: running ? null : (window.end ?? model.present()) })
    },
    zoom,
    zoomStep: (direction) => zoom(nextLength(model.window.length, direction) / model.window.length),
    pan: (pixels) => setWindow(panBy(model.window, pixels, model.frame.now, width())),
    point: (at) => {
      const { log, layout, window, now } = model.frame
      const found = at && markAt(log, layout, window, now, width(), at)
      if (found === model.selected) return found
      model.selected = found
      changed()
      return found
    },
    select: (event, until) => {
      model.selected = markOfEvent(model.log, event)
      if (until === undefined) changed()
      else setWindow(fitting(event.at, until))
    },
    step: (direction) => {
      const { log, layout, window, now, selected } = model.frame
      const found = nextMark(log, layout, selected, direction, now) ?? selected
      model.selected = found
      if (found) setWindow(reveal(window, found.at, now))
      return found
    },
    fit: (messageId) => {
      const life = lifeOf(model.log, model.layout, messageId)
      if (life) setWindow(fitting(life.from, life.to))
      return life !== null
    },
  }
}

export function createChart(options: ChartOptions, recent: PastEvents): Chart {
  const { draw, width, now: present, request, onState } = options
  const model = createModel(recent, present)
  const notifier = createNotifier(() => onState(model.state))
  let cancel: (() => void) | undefined

  const wake = (): void => {
    cancel ??= request(() => {
      cancel = undefined
      draw(model.frame)
      if (isFollowing(model.window) && !model.reducedMotion) wake()
    })
  }
  const navigation = createNavigation(model, width, () => {
    notifier.now()
    wake()
  })

  return {
    ...navigation,
    take: (events) => {
      model.log.take(events)
      notifier.soon()
      wake()
    },
    restart: (past) => {
      model.restart(past)
      notifier.soon()
      wake()
    },
    setRows: (layout) => {
      model.layout = layout
      wake()
    },
    isShown: (messageId) => {
      const { log, layout, window, now } = model.frame
      const life = lifeOf(log, layout, messageId)
      return life !== null && life.to >= startOf(window, now) && life.from <= endOf(window, now)
    },
    counts: () => countIn(model.log, model.layout, model.window, model.frame.now),
    get state() {
      return model.state
    },
    get frame() {
      return model.frame
    },
    setReducedMotion: (reduced) => {
      model.reducedMotion = reduced
      wake()
    },
    wake,
    close: () => {
      cancel?.()
      cancel = undefined
      notifier.close()
    },
  }
}
