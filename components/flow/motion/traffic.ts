import type { RoomEvent } from '#lib/protocol/events.ts'
import { createMoves, type Move } from '../moves.ts'
import type { Routes } from '../routes.ts'
import { type Animation, type Pen, pillLooks } from './animation.ts'
import { createMoveAnimations, type MoveLabel } from './move-animations.ts'
import type { CanvasPen } from './pen.ts'
import { createStreams, DOTS_MAX } from './streams.ts'

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

/** What moves now and what waits to move. `motionNow` is the time of the drawing, `now` that of the wall. */
export function createTraffic({ now, label, arrived }: TrafficOptions, motionNow: () => number) {
  const moves = createMoves()
  const moveAnimations = createMoveAnimations()
  const streams = createStreams()
  let routes: Routes | null = null
  let animations: Animation[] = []
  /** Moves that came while paused, at most `DOTS_MAX`. */
  let waiting: LabelledMoves[] = []
  let reducedMotion = false

  function play({ moves: played, label: labelled }: LabelledMoves): void {
    if (!routes) return
    for (const move of played) {
      const animation = moveAnimations.animate(move, labelled, routes, motionNow())
      if (animation) animations.push(animation)
    }
  }

  function drawArrived(pen: Pen): void {
    for (const { lane, consumer, messageId, text } of arrived()) {
      if (!reducedMotion && moveAnimations.isOnItsWay(lane, messageId, consumer, motionNow())) continue
      const at = routes?.consumer(lane, consumer)?.restPoint
      if (at) pen.pill(at, text, pillLooks.message, 1)
    }
  }

  return {
    get animations() {
      return animations.length
    },
    get waiting() {
      return waiting.length
    },
    get dense() {
      return streams.dense
    },
    get needsFrames() {
      return !reducedMotion && (animations.length > 0 || streams.dense)
    },
    setRoutes(next: Routes): void {
      routes = next
      // Animations in progress would continue along paths that no longer exist.
      animations = []
      streams.reset()
    },
    setReducedMotion(next: boolean): void {
      reducedMotion = next
      if (reducedMotion) animations = []
    },
    /** Updates the memory of who holds what without playing anything. */
    remember(events: readonly RoomEvent[]): void {
      for (const event of events) moves.of(event)
    },
    add(event: RoomEvent, paused: boolean): void {
      const found = moves.of(event)
      if (found.length === 0 || !routes) return
      const labelled = label(event, streams.dense || reducedMotion)
      for (const move of found) streams.count(move, labelled.producer, routes, animations.length, now())
      if (reducedMotion || streams.dense) return
      if (!paused) play({ moves: found, label: labelled })
      else if (waiting.length < DOTS_MAX) waiting.push({ moves: found, label: labelled })
    },
    playNext(): void {
      const next = waiting.shift()
      if (next) play(next)
    },
    playWaiting(): void {
      for (const next of waiting) play(next)
      waiting = []
    },
    draw(pen: CanvasPen): void {
      streams.draw(pen, now(), reducedMotion)
      drawArrived(pen)
      animations = animations
        .map((animation) => animation(motionNow(), pen))
        .filter((animation) => animation !== null)
      if (animations.length === 0) moveAnimations.forget(motionNow())
    },
  }
}
