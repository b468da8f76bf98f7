import { unreachable } from '#lib/util/unreachable.ts'
import type { Move } from '../moves.ts'
import { bendTo, pathOf, reversed } from '../path.ts'
import { type Routes, storedAt } from '../routes.ts'
import { type Animation, fade, looks, melt, TRAVEL_MS, travel } from './animation.ts'

/** What is known of a message beyond its move. */
export interface Wearing {
  /** "#42" */
  words: string
  producer: string
}

/** Puts moves into time: a message is never in two places of one way at once, however fast its events came. */
export interface Choreography {
  /** The animation of a move that was learned `now`; null where there is no such way. */
  animate(move: Move, wearing: Wearing, routes: Routes, now: number): Animation | null
  /** Whether a message is still on its way to a consumer. */
  isOnItsWay(lane: string, messageId: string, consumer: string, now: number): boolean
  forget(now: number): void
}

type MessageMove = Exclude<Move, { kind: 'lift' }>

interface Times {
  /** When the message's last movement ends, on a lane and at one consumer. */
  ends: Map<string, number>
  startAfter(now: number, ...keys: string[]): number
}

function createTimes(): Times {
  const ends = new Map<string, number>()
  return {
    ends,
    startAfter: (now, ...keys) => keys.reduce((start, key) => Math.max(start, ends.get(key) ?? 0), now),
  }
}

const laneKeyOf = ({ lane, messageId }: MessageMove) => `${lane} ${messageId}`

function animateIn(
  move: Extract<Move, { kind: 'in' }>,
  wearing: Wearing,
  routes: Routes,
  now: number,
  times: Times,
) {
  const { lane, partition, end } = move
  const { words, producer } = wearing
  const path = end === 'kept' ? routes.inward(producer, lane, partition) : routes.toEntry(producer, lane)
  if (!path) return null
  const arrives = now + TRAVEL_MS
  times.ends.set(laneKeyOf(move), arrives)
  if (end === 'kept') return travel({ path, words, start: now })
  const onward =
    end === 'melts'
      ? melt(path.at(1), words, arrives)
      : travel({ path: reversed(path), words, start: arrives, look: looks.bad })
  return travel({ path, words, start: now, onward })
}

function animateOut(
  move: Extract<Move, { kind: 'out' }>,
  { words }: Wearing,
  routes: Routes,
  now: number,
  times: Times,
) {
  const { lane, consumer, partition } = move
  const path = routes.outward(lane, consumer, partition)
  if (!path) return null
  const start = times.startAfter(now, laneKeyOf(move))
  const arrives = start + TRAVEL_MS
  times.ends.set(`${laneKeyOf(move)} ${consumer}`, arrives)
  return travel({ path, words, start, onward: fade(path.at(1), words, arrives) })
}

function animateBack(
  move: Extract<Move, { kind: 'back' }>,
  { words }: Wearing,
  routes: Routes,
  now: number,
  times: Times,
) {
  const { lane, consumer } = move
  const path = routes.outward(lane, consumer, null)
  if (!path) return null
  const start = times.startAfter(now, `${laneKeyOf(move)} ${consumer}`)
  times.ends.set(laneKeyOf(move), start + TRAVEL_MS)
  return travel({ path: reversed(path), words, start, look: looks.bad })
}

function animateEnd(
  move: Extract<Move, { kind: 'drop' | 'fall' }>,
  { words }: Wearing,
  routes: Routes,
  now: number,
  times: Times,
) {
  const { lane, consumer } = move
  const place = routes.lane(lane)
  if (!place) return null
  const keys = consumer === null ? [laneKeyOf(move)] : [laneKeyOf(move), `${laneKeyOf(move)} ${consumer}`]
  const start = times.startAfter(now, ...keys)
  const at =
    consumer === null ? storedAt(place, null) : (routes.consumer(lane, consumer)?.berth ?? place.entry)
  if (move.kind === 'drop') return melt(at, words, start)
  const path = routes.fall(lane, consumer)
  return path ? travel({ path, words, start, look: looks.bad }) : melt(at, words, start)
}

/** The partition itself, lifted in an arc from reader to reader. */
function animateLift(move: Extract<Move, { kind: 'lift' }>, routes: Routes, now: number): Animation | null {
  const { lane, partition, from, to } = move
  const place = routes.lane(lane)
  const target = routes.consumer(lane, to)
  if (!place || !target) return null
  const start =
    from === null ? storedAt(place, partition) : (routes.consumer(lane, from)?.berth ?? place.entry)
  const path =
    from === null
      ? pathOf(start, [bendTo(start, target.berth, routes.plan.direction)])
      : pathOf(start, [
          {
            to: target.berth,
            bend: [
              { x: start.x - 110, y: start.y },
              { x: target.berth.x - 110, y: target.berth.y },
            ],
          },
        ])
  const look = { kind: 'hue', hue: place.lane.ref.manifest.look.hue } as const
  const words = `p${partition}`
  return travel({ path, words, start: now, look, onward: fade(target.berth, words, now + TRAVEL_MS, look) })
}

export function createChoreography(): Choreography {
  const times = createTimes()
  return {
    animate: (move, wearing, routes, now) => {
      switch (move.kind) {
        case 'in':
          return animateIn(move, wearing, routes, now, times)
        case 'out':
          return animateOut(move, wearing, routes, now, times)
        case 'back':
          return animateBack(move, wearing, routes, now, times)
        case 'drop':
        case 'fall':
          return animateEnd(move, wearing, routes, now, times)
        case 'lift':
          return animateLift(move, routes, now)
        default:
          return unreachable(move)
      }
    },
    isOnItsWay: (lane, messageId, consumer, now) =>
      (times.ends.get(`${lane} ${messageId} ${consumer}`) ?? 0) > now ||
      (times.ends.get(`${lane} ${messageId}`) ?? 0) > now,
    forget: (now) => {
      for (const [key, end] of times.ends) if (end <= now) times.ends.delete(key)
    },
  }
}
