import type { RoomEvent } from '#lib/protocol/events.ts'
import { createMoves, type Move } from '../moves.ts'
import type { Routes } from '../routes.ts'
import { type Animation, type Pen, pillLooks } from './animation.ts'
import { createMoveAnimations, type MoveLabel } from './move-animations.ts'
import type { CanvasPen } from './pen.ts'
import { createStreams, DOTS_MAX } from './streams.ts'
import { createUnseen } from './unseen.ts'

/** A traced message that has arrived: its pill stays beside its consumer as long as it is traced. */
export interface ArrivedMessage {
  lane: string
  consumer: string
  messageId: string
  text: string
}

export interface TrafficOptions {
  /** The wall clock, milliseconds. */
  now(): number
  /** What is known of a message beyond the event: its number and who wrote it. */
  label(event: RoomEvent, dense: boolean): MoveLabel
  arrived(): readonly ArrivedMessage[]
}

interface LabelledMoves {
  moves: readonly Move[]
  label: MoveLabel
}

/** What moves now and what waits to move. */
export class Traffic {
  readonly #options: TrafficOptions
  /** The time of the animation, milliseconds. */
  readonly #motionNow: () => number
  readonly #moves = createMoves()
  readonly #moveAnimations = createMoveAnimations()
  readonly #streams = createStreams()
  /** What is known and not drawn as arrived. */
  readonly unseen = createUnseen()
  #routes: Routes | null = null
  #animations: Animation[] = []
  /** Moves that came while paused, at most `DOTS_MAX`. */
  #waiting: LabelledMoves[] = []
  #reducedMotion = false

  constructor(options: TrafficOptions, motionNow: () => number) {
    this.#options = options
    this.#motionNow = motionNow
  }

  get animations(): number {
    return this.#animations.length
  }
  get waiting(): number {
    return this.#waiting.length
  }
  /** Whether streams replace single messages. */
  get dense(): boolean {
    return this.#streams.dense
  }
  get needsFrames(): boolean {
    return !this.#reducedMotion && (this.#animations.length > 0 || this.#streams.dense)
  }

  setRoutes(routes: Routes): void {
    this.#routes = routes
    // Animations in progress would continue along paths that no longer exist.
    this.#animations = []
    this.unseen.forget(false)
    this.#streams.reset()
  }

  setReducedMotion(reduced: boolean): void {
    this.#reducedMotion = reduced
    if (!reduced) return
    this.#animations = []
    this.unseen.forget(true)
  }

  /** Updates the memory of who holds what without playing anything. */
  remember(events: readonly RoomEvent[]): void {
    for (const event of events) this.#moves.of(event)
  }

  /** Plays the moves of an event, or queues them while paused. */
  add(event: RoomEvent, paused: boolean): void {
    const moves = this.#moves.of(event)
    if (moves.length === 0 || !this.#routes) return
    const label = this.#options.label(event, this.dense || this.#reducedMotion)
    for (const move of moves) {
      this.#streams.count(move, label.producer, this.#routes, this.animations, this.#options.now())
    }
    if (this.#reducedMotion || this.dense) return
    if (!paused) this.#play({ moves, label })
    else if (this.waiting < DOTS_MAX) {
      this.#waiting.push({ moves, label })
      for (const move of moves) this.unseen.waits(move)
    }
  }

  playNext(): void {
    const next = this.#waiting.shift()
    if (next) this.#play(next)
  }

  playWaiting(): void {
    for (const next of this.#waiting) this.#play(next)
    this.#waiting = []
  }

  draw(pen: CanvasPen): void {
    const now = this.#motionNow()
    this.#streams.draw(pen, this.#options.now(), this.#reducedMotion)
    this.#drawArrived(pen, now)
    this.#animations = this.#animations
      .map((animation) => animation(now, pen))
      .filter((animation) => animation !== null)
    this.unseen.noteArrived((lane, messageId, consumer) =>
      this.#moveAnimations.isOnItsWay(lane, messageId, consumer, now),
    )
    if (this.#animations.length === 0) this.#moveAnimations.forget(now)
  }

  #play({ moves, label }: LabelledMoves): void {
    if (!this.#routes) return
    for (const move of moves) {
      const animation = this.#moveAnimations.animate(move, label, this.#routes, this.#motionNow())
      if (animation) this.#animations.push(animation)
      this.unseen.setsOut(move, animation !== null)
    }
  }

  #drawArrived(pen: Pen, now: number): void {
    for (const { lane, consumer, messageId, text } of this.#options.arrived()) {
      const isOnItsWay = this.#moveAnimations.isOnItsWay(lane, messageId, consumer, now)
      const isComing = isOnItsWay || this.unseen.has(lane, messageId, consumer)
      if (isComing && !this.#reducedMotion) continue
      const at = this.#routes?.consumer(lane, consumer)?.restPoint
      if (at) pen.pill(at, text, pillLooks.message, 1)
    }
  }
}
