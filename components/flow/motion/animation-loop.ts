import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Routes } from '../routes.ts'
import { TRAVEL_MS } from './animation.ts'
import { createMotionClock } from './clock.ts'
import type { CanvasPen } from './pen.ts'
import { createTraffic, type TrafficOptions } from './traffic.ts'

export interface AnimationLoopOptions extends TrafficOptions {
  /** Null while there is nothing to draw on. */
  pen(): CanvasPen | null
  /** Clears the canvas before a frame. */
  clear(): void
  /** Runs `work` at the next frame and returns a function that cancels it. */
  request(work: () => void): () => void
  /** Called after each frame: how many animations run, whether streams replace them, and how many events wait. */
  onFrame(moving: number, dense: boolean, waiting: number): void
}

/** The only animation loop of the Flow. It requests no frames while nothing moves. */
export interface AnimationLoop {
  setRoutes(routes: Routes): void
  /** Plays events, or queues them while paused. */
  play(events: readonly RoomEvent[]): void
  /** Takes note of events without playing them. */
  remember(events: readonly RoomEvent[]): void
  /** 1 is real time. */
  setSpeed(speed: number): void
  setRunning(running: boolean): void
  /** While paused: plays the next event, or lets what is under way travel one edge further. */
  step(): void
  /** With reduced motion nothing travels; a message that has arrived is drawn where it arrived. */
  setReducedMotion(reduced: boolean): void
  /** Draws one frame, whether or not anything moves. */
  wake(): void
  close(): void
}

export function createAnimationLoop(options: AnimationLoopOptions): AnimationLoop {
  const clock = createMotionClock()
  const traffic = createTraffic(options, () => clock.now)
  let paused = false
  let stepUntil: number | null = null
  let cancel: (() => void) | undefined

  const wake = (): void => {
    cancel ??= options.request(frame)
  }
  function frame(): void {
    cancel = undefined
    const pen = options.pen()
    if (!pen) return
    const now = clock.tick(options.now())
    options.clear()
    traffic.draw(pen)
    if (stepUntil !== null && now >= stepUntil) {
      stepUntil = null
      clock.setRunning(!paused)
    }
    options.onFrame(traffic.animations, traffic.dense, traffic.waiting)
    if (clock.running && traffic.needsFrames) wake()
    else clock.settle()
  }
  const thenWake = <T extends unknown[]>(change: (...given: T) => void) => {
    return (...given: T): void => {
      change(...given)
      wake()
    }
  }

  return {
    setRoutes: thenWake(traffic.setRoutes),
    setReducedMotion: thenWake(traffic.setReducedMotion),
    play: thenWake((events) => {
      for (const event of events) traffic.add(event, paused)
    }),
    remember: traffic.remember,
    setSpeed: clock.setSpeed,
    setRunning: thenWake((running) => {
      paused = !running
      stepUntil = null
      clock.setRunning(running)
      if (running) traffic.playWaiting()
    }),
    step: () => {
      if (!paused) return
      traffic.playNext()
      stepUntil = clock.now + TRAVEL_MS
      clock.setRunning(true)
      wake()
    },
    wake,
    close: () => {
      cancel?.()
      cancel = undefined
    },
  }
}
