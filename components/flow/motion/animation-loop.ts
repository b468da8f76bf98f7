import type { RoomEvent } from '#lib/protocol/events.ts'
import type { Routes } from '../routes.ts'
import { TRAVEL_MS } from './animation.ts'
import { createMotionClock } from './clock.ts'
import type { CanvasPen } from './pen.ts'
import { Traffic, type TrafficOptions } from './traffic.ts'
import type { Unseen } from './unseen.ts'

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
export class AnimationLoop {
  readonly #options: AnimationLoopOptions
  readonly #clock = createMotionClock()
  readonly #traffic: Traffic
  #paused = false
  /** The motion clock's time at which a single step ends. */
  #stepUntil: number | null = null
  #cancel: (() => void) | undefined

  constructor(options: AnimationLoopOptions) {
    this.#options = options
    this.#traffic = new Traffic(options, () => this.#clock.now)
  }

  /** What is known, and not drawn as arrived yet. */
  get unseen(): Unseen {
    return this.#traffic.unseen
  }

  setRoutes(routes: Routes): void {
    this.#traffic.setRoutes(routes)
    this.wake()
  }

  /** With reduced motion nothing travels; a message that has arrived is drawn where it arrived. */
  setReducedMotion(reduced: boolean): void {
    this.#traffic.setReducedMotion(reduced)
    this.wake()
  }

  /** Plays events, or queues them while paused. */
  play(events: readonly RoomEvent[]): void {
    for (const event of events) this.#traffic.add(event, this.#paused)
    this.wake()
  }

  /** Takes note of events without playing them. */
  remember(events: readonly RoomEvent[]): void {
    this.#traffic.remember(events)
  }

  /** 1 is real time. */
  setSpeed(speed: number): void {
    this.#clock.setSpeed(speed)
  }

  setRunning(running: boolean): void {
    this.#paused = !running
    this.#stepUntil = null
    this.#clock.setRunning(running)
    if (running) this.#traffic.playWaiting()
    this.wake()
  }

  /** While paused: plays the next event, or lets what is under way travel one edge further. */
  step(): void {
    if (!this.#paused) return
    this.#traffic.playNext()
    this.#stepUntil = this.#clock.now + TRAVEL_MS
    this.#clock.setRunning(true)
    this.wake()
  }

  /** Draws one frame, whether or not anything moves. */
  wake(): void {
    this.#cancel ??= this.#options.request(() => this.#frame())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #frame(): void {
    this.#cancel = undefined
    const { pen: currentPen, now, clear, onFrame } = this.#options
    const pen = currentPen()
    if (!pen) return
    const motionNow = this.#clock.tick(now())
    clear()
    this.#traffic.draw(pen)
    if (this.#stepUntil !== null && motionNow >= this.#stepUntil) {
      this.#stepUntil = null
      this.#clock.setRunning(!this.#paused)
    }
    onFrame(this.#traffic.animations, this.#traffic.dense, this.#traffic.waiting)
    if (this.#clock.running && this.#traffic.needsFrames) this.wake()
    else this.#clock.settle()
  }
}
