import { unreachable } from '#lib/util/unreachable.ts'
import { bendTo, pathOf, reversed } from '../geometry.ts'
import type { Move } from '../moves.ts'
import { type Routes, storedAt } from '../routes.ts'
import { type Animation, fade, melt, pillLooks, TRAVEL_MS, travel } from './animation.ts'

/** What the pill of a move needs beyond the move itself. */
export interface MoveLabel {
  /** "#42" */
  text: string
  /** The id of the drawn producer. */
  producer: string
}

/** Schedules the animations of moves, so that a message is never drawn twice on one path, however fast its events came. */
export interface MoveAnimations {
  /** The animation of a move that became known at `now`; null where the layout has no path for it. */
  animate(move: Move, label: MoveLabel, routes: Routes, now: number): Animation | null
  /** Whether a message is still moving towards a consumer. */
  isOnItsWay(lane: string, messageId: string, consumer: string, now: number): boolean
  /** Drops the times of movements that have ended by `now`. */
  forget(now: number): void
}

type MessageMove = Exclude<Move, { kind: 'reassign' }>
type MoveOf<Kind extends Move['kind']> = Extract<Move, { kind: Kind }>

/** What every animation is made with. */
interface Context {
  label: MoveLabel
  routes: Routes
  now: number
  /** When a message's last movement ends, by lane and message, or by lane, message and consumer. */
  ends: Map<string, number>
}

const messageKey = ({ lane, messageId }: MessageMove): string => `${lane} ${messageId}`
const deliveryKey = (move: MessageMove, consumer: string): string => `${messageKey(move)} ${consumer}`

/** The earliest time at which a movement may start that follows those of `keys`. */
const startAfter = ({ ends, now }: Context, ...keys: string[]): number =>
  keys.reduce((start, key) => Math.max(start, ends.get(key) ?? 0), now)

function animatePublish(move: MoveOf<'publish'>, { label, routes, now, ends }: Context): Animation | null {
  const { lane, partition, outcome } = move
  const { text, producer } = label
  const isStored = outcome === 'stored'
  const path = isStored ? routes.inward(producer, lane, partition) : routes.toEntry(producer, lane)
  if (!path) return null
  const arrives = now + TRAVEL_MS
  ends.set(messageKey(move), arrives)
  if (isStored) return travel({ path, text, start: now })
  const onward =
    outcome === 'unheard'
      ? melt(path.at(1), text, arrives)
      : travel({ path: reversed(path), text, start: arrives, look: pillLooks.bad })
  return travel({ path, text, start: now, onward })
}

function animateDelivery(move: MoveOf<'deliver'>, context: Context): Animation | null {
  const { lane, consumer, partition } = move
  const { text } = context.label
  const path = context.routes.outward(lane, consumer, partition)
  if (!path) return null
  const start = startAfter(context, messageKey(move))
  const arrives = start + TRAVEL_MS
  context.ends.set(deliveryKey(move, consumer), arrives)
  return travel({ path, text, start, onward: fade(path.at(1), text, arrives) })
}

function animateRequeue(move: MoveOf<'requeue'>, context: Context): Animation | null {
  const { lane, consumer } = move
  const path = context.routes.outward(lane, consumer, null)
  if (!path) return null
  const start = startAfter(context, deliveryKey(move, consumer))
  context.ends.set(messageKey(move), start + TRAVEL_MS)
  return travel({ path: reversed(path), text: context.label.text, start, look: pillLooks.bad })
}

function animateEnd(move: MoveOf<'drop' | 'dead-letter'>, context: Context): Animation | null {
  const { lane: laneKey, consumer } = move
  const { text } = context.label
  const lane = context.routes.lane(laneKey)
  if (!lane) return null
  const keys = consumer === null ? [messageKey(move)] : [messageKey(move), deliveryKey(move, consumer)]
  const start = startAfter(context, ...keys)
  const at =
    consumer === null
      ? storedAt(lane, null)
      : (context.routes.consumer(laneKey, consumer)?.restPoint ?? lane.entry)
  if (move.kind === 'drop') return melt(at, text, start)
  const path = context.routes.toDeadLetters(laneKey, consumer)
  return path ? travel({ path, text, start, look: pillLooks.bad }) : melt(at, text, start)
}

/** How far the arc of a partition between two consumers reaches to the left, pixels. */
const ARC_PX = 110

/** Carries the partition itself in an arc from reader to reader. */
function animateReassignment(move: MoveOf<'reassign'>, { routes, now }: Context): Animation | null {
  const { lane: laneKey, partition, from, to } = move
  const lane = routes.lane(laneKey)
  const target = routes.consumer(laneKey, to)
  if (!lane || !target) return null
  const start =
    from === null ? storedAt(lane, partition) : (routes.consumer(laneKey, from)?.restPoint ?? lane.entry)
  const end = target.restPoint
  const arc = {
    to: end,
    bend: [
      { x: start.x - ARC_PX, y: start.y },
      { x: end.x - ARC_PX, y: end.y },
    ],
  } as const
  const path = pathOf(start, [from === null ? bendTo(start, end, routes.layout.direction) : arc])
  const look = { kind: 'hue', hue: lane.lane.ref.manifest.look.hue } as const
  const text = `p${partition}`
  return travel({ path, text, start: now, look, onward: fade(end, text, now + TRAVEL_MS, look) })
}

function animationOf(move: Move, context: Context): Animation | null {
  switch (move.kind) {
    case 'publish':
      return animatePublish(move, context)
    case 'deliver':
      return animateDelivery(move, context)
    case 'requeue':
      return animateRequeue(move, context)
    case 'drop':
    case 'dead-letter':
      return animateEnd(move, context)
    case 'reassign':
      return animateReassignment(move, context)
    default:
      return unreachable(move)
  }
}

export function createMoveAnimations(): MoveAnimations {
  const ends = new Map<string, number>()
  return {
    animate: (move, label, routes, now) => animationOf(move, { label, routes, now, ends }),
    isOnItsWay: (lane, messageId, consumer, now) =>
      (ends.get(`${lane} ${messageId} ${consumer}`) ?? 0) > now ||
      (ends.get(`${lane} ${messageId}`) ?? 0) > now,
    forget: (now) => {
      for (const [key, end] of ends) if (end <= now) ends.delete(key)
    },
  }
}
