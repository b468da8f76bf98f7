import type { RoomEvent } from '#lib/protocol/events.ts'
import { createMoves, type Move } from '../moves.ts'
import type { Routes } from '../routes.ts'
import { type Animation, looks, type Pen, TRAVEL_MS } from './animation.ts'
import { createChoreography, type Wearing } from './choreography.ts'
import { createMotionClock } from './clock.ts'
import type { CanvasPen } from './pen.ts'
import { createStreams, DOTS_MAX } from './streams.ts'

/** A traced message that has arrived: it lies at its consumer as long as it is traced. */
export interface Rest {
  lane: string
  consumer: string
  messageId: string
  words: string
}

/** What the stage needs of the world. */
export interface StageOptions {
  /** Null while there is nothing to draw on. */
  pen(): CanvasPen | null
  /** Clears the canvas before a frame. */
  clear(): void
  /** The world's time, milliseconds. */
  now(): number
  /** Runs `work` at the next frame and returns what takes that back. */
  request(work: () => void): () => void
  /** What is known of a message beyond the event: its number, who wrote it. */
  wearing(event: RoomEvent, dense: boolean): Wearing
  rests(): readonly Rest[]
  /** After each frame: how many things move, and whether they are drawn as streams. */
  onFrame(moving: number, dense: boolean, waiting: number): void
}

/** The one animation loop of the flow. It stops itself when nothing moves. */
export interface Stage {
  setRoutes(routes: Routes): void
  take(events: readonly RoomEvent[]): void
  /** Remembers what they say without playing it. */
  learn(events: readonly RoomEvent[]): void
  setSpeed(speed: number): void
  setRunning(running: boolean): void
  /** While paused: plays the next event's moves, or one edge's worth of what is under way. */
  step(): void
  /** Nothing travels; what has arrived lies where it arrived. */
  setStill(still: boolean): void
  /** Draws once, whether or not anything moves. */
  wake(): void
  close(): void
}

interface Held {
  moves: readonly Move[]
  wearing: Wearing
}

export function createStage(options: StageOptions): Stage {
  const { pen, clear, now: worldNow, request, wearing, rests, onFrame } = options
  const moves = createMoves()
  const choreography = createChoreography()
  const clock = createMotionClock()
  const streams = createStreams()
  let routes: Routes | null = null
  let animations: Animation[] = []
  /** What came while paused, to be played on resuming or step by step; bounded like the dots. */
  let held: Held[] = []
  let paused = false
  let still = false
  let stepUntil: number | null = null
  let cancel: (() => void) | undefined

  const moving = (): boolean => clock.running && !still && (animations.length > 0 || streams.dense)
  const wake = (): void => {
    cancel ??= request(frame)
  }

  const play = ({ moves: played, wearing: worn }: Held): void => {
    if (!routes) return
    for (const move of played) {
      const animation = choreography.animate(move, worn, routes, clock.now)
      if (animation) animations.push(animation)
    }
  }

  function drawRests(canvas: Pen): void {
    if (!routes) return
    for (const { lane, consumer, messageId, words } of rests()) {
      if (!still && choreography.isOnItsWay(lane, messageId, consumer, clock.now)) continue
      const berth = routes.consumer(lane, consumer)?.berth
      if (berth) canvas.pill(berth, words, looks.message, 1)
    }
  }

  function frame(): void {
    cancel = undefined
    const canvas = pen()
    if (!canvas) return
    const world = worldNow()
    const now = clock.tick(world)
    clear()
    streams.draw(canvas, world, still)
    drawRests(canvas)
    animations = animations.map((animation) => animation(now, canvas)).filter((next) => next !== null)
    if (animations.length === 0) choreography.forget(now)
    if (stepUntil !== null && now >= stepUntil) {
      stepUntil = null
      clock.setRunning(!paused)
    }
    onFrame(animations.length, streams.dense, held.length)
    if (moving()) wake()
    else clock.settle()
  }

  const takeOne = (event: RoomEvent): void => {
    const found = moves.of(event)
    if (found.length === 0 || !routes) return
    const worn = wearing(event, streams.dense || still)
    for (const move of found) streams.count(move, worn.producer, routes, animations.length, worldNow())
    if (still || streams.dense) return
    const next = { moves: found, wearing: worn }
    if (!paused) play(next)
    else if (held.length < DOTS_MAX) held.push(next)
  }

  return {
    setRoutes: (next) => {
      routes = next
      // What is under way would go on along paths that are no longer there.
      animations = []
      streams.reset()
      wake()
    },
    take: (events) => {
      for (const event of events) takeOne(event)
      wake()
    },
    learn: (events) => {
      for (const event of events) moves.of(event)
    },
    setSpeed: clock.setSpeed,
    setRunning: (running) => {
      paused = !running
      stepUntil = null
      clock.setRunning(running)
      if (running) {
        for (const next of held) play(next)
        held = []
      }
      wake()
    },
    step: () => {
      if (!paused) return
      const next = held.shift()
      if (next) play(next)
      stepUntil = clock.now + TRAVEL_MS
      clock.setRunning(true)
      wake()
    },
    setStill: (next) => {
      still = next
      if (still) animations = []
      wake()
    },
    wake,
    close: () => {
      cancel?.()
      cancel = undefined
    },
  }
}
