import type { RoomEvent } from '#lib/protocol/events.ts'
import { type Mark, markOf } from './marks.ts'
import { createSpans, type Span } from './spans.ts'

/** Holds marks in the order of their events: the newest `max`, and while frozen also all marks that were held then. */
export interface TimelineLog {
  take(events: readonly RoomEvent[]): void
  /** Calls `visit` for each held mark with its number, oldest first, from number `from` on. */
  each(visit: (mark: Mark, number: number) => void, from?: number): void
  readonly spans: readonly Span[]
  /** How many marks were ever added. */
  readonly taken: number
  /** How many marks are no longer held, including the events dropped before the first one. */
  readonly dropped: number
  /** Keeps all marks that are held now until `thaw`. */
  freeze(): void
  thaw(): void
}

/** Twice as many as the server holds events. */
const MARKS_MAX = 40_000

interface Ring {
  push(mark: Mark): void
  each(visit: (mark: Mark, number: number) => void, from: number): void
  readonly pushed: number
  readonly first: number
}

function createRing(max: number): Ring {
  const marks: Mark[] = []
  let pushed = 0
  const first = () => Math.max(0, pushed - max)
  return {
    push: (mark) => {
      marks[pushed % max] = mark
      pushed += 1
    },
    each: (visit, from) => {
      for (let number = Math.max(from, first()); number < pushed; number += 1) {
        const mark = marks[number % max]
        if (mark) visit(mark, number)
      }
    },
    get pushed() {
      return pushed
    },
    get first() {
      return first()
    },
  }
}

/** `before`: how many events were dropped before the first one. */
export function createTimelineLog(before = 0, max = MARKS_MAX): TimelineLog {
  const ring = createRing(max)
  const spans = createSpans()
  let frozen: { marks: readonly Mark[]; from: number; upTo: number } | null = null
  return {
    take: (events) => {
      for (const event of events) {
        spans.take(event)
        const mark = markOf(event)
        if (mark) ring.push(mark)
      }
    },
    each: (visit, from = 0) => {
      frozen?.marks.forEach((mark, index) => {
        const number = (frozen?.from ?? 0) + index
        if (number >= from) visit(mark, number)
      })
      ring.each(visit, Math.max(from, frozen?.upTo ?? 0))
    },
    get spans() {
      return spans.all
    },
    get taken() {
      return ring.pushed
    },
    get dropped() {
      if (!frozen) return before + ring.first
      return before + frozen.from + Math.max(0, ring.first - frozen.upTo)
    },
    freeze: () => {
      if (frozen) return
      const marks: Mark[] = []
      ring.each((mark) => marks.push(mark), 0)
      frozen = { marks, from: ring.first, upTo: ring.pushed }
    },
    thaw: () => {
      frozen = null
    },
  }
}
