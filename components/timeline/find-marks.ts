import type { RoomEvent } from '#lib/protocol/events.ts'
import { GLYPH_DY } from './glyphs.ts'
import type { TimelineLog } from './log.ts'
import type { Mark, MarkKind } from './marks.ts'
import { indexOf, middleOf, type RowLayout } from './rows.ts'
import { endOf, startOf, type TimeWindow, xOf } from './window.ts'

/** Finds marks: under a pointer, next to another mark, and how many of each kind are in a window. */

/** How far a pointer may miss a mark, pixels. */
const REACH_PX = 12

export function markAt(
  log: TimelineLog,
  layout: RowLayout,
  window: TimeWindow,
  now: number,
  width: number,
  at: { x: number; y: number },
): Mark | null {
  let best: Mark | null = null
  let least = REACH_PX
  log.each((mark) => {
    const index = indexOf(layout, mark)
    if (index === undefined) return
    const dx = xOf(mark.at, window, now, width) - at.x
    if (Math.abs(dx) > REACH_PX) return
    const away = Math.hypot(dx, middleOf(layout, index) + GLYPH_DY[mark.kind] - at.y)
    if (away > least) return
    least = away
    best = mark
  })
  return best
}

/** Null where it is no longer held. */
export function markOfEvent(log: TimelineLog, event: RoomEvent): Mark | null {
  let found: Mark | null = null
  log.each((mark) => {
    if (mark.event === event) found = mark
  })
  return found
}

/** The next or previous mark on the shown rows, by time; marks of the same time are in the order of their events. */
export function nextMark(
  log: TimelineLog,
  layout: RowLayout,
  from: Mark | null,
  direction: 1 | -1,
  now: number,
): Mark | null {
  if (from === null) return endMark(log, layout, direction, now)
  let found: Mark | null = null
  let passed = false
  log.each((mark) => {
    if (mark === from) {
      passed = true
      return
    }
    if (indexOf(layout, mark) === undefined) return
    const isAfter = mark.at > from.at || (mark.at === from.at && passed)
    if (isAfter !== (direction === 1)) return
    if (found === null) found = mark
    else if (direction === 1 ? mark.at < found.at : mark.at >= found.at) found = mark
  })
  return found
}

/** Without a mark to start from: the newest mark when stepping back, the oldest when stepping on. */
function endMark(log: TimelineLog, layout: RowLayout, direction: 1 | -1, now: number): Mark | null {
  let found: Mark | null = null
  log.each((mark) => {
    if (indexOf(layout, mark) === undefined || mark.at > now) return
    if (direction === -1 || found === null) found = mark
  })
  return found
}

/** From when a message was sent to its last mark on the shown rows; null where it has none. */
export function lifeOf(
  log: TimelineLog,
  layout: RowLayout,
  messageId: string,
): { from: number; to: number } | null {
  let life: { from: number; to: number } | null = null
  log.each((mark) => {
    if (mark.messageId !== messageId || !layout.index.has(mark.row)) return
    const from = mark.from ?? mark.at
    life = { from: Math.min(from, life?.from ?? from), to: Math.max(mark.at, life?.to ?? mark.at) }
  })
  return life
}

export type Counts = ReadonlyMap<string, ReadonlyMap<MarkKind, number>>

/** What is in the window, by shown row and kind. */
export function countIn(log: TimelineLog, layout: RowLayout, window: TimeWindow, now: number): Counts {
  const start = startOf(window, now)
  const end = endOf(window, now)
  const counts = new Map<string, Map<MarkKind, number>>()
  log.each((mark) => {
    const { at, kind } = mark
    if (at < start || at > end) return
    const row = layout.rows[indexOf(layout, mark) ?? -1]?.key
    if (row === undefined) return
    const kinds = counts.get(row) ?? new Map<MarkKind, number>()
    if (kinds.size === 0) counts.set(row, kinds)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  })
  return counts
}
