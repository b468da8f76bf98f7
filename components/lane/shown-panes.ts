import type { Consumer } from '#lib/protocol/room.ts'

/** So many panes of a lane are drawn: more than fit side by side on any screen. */
const PANES_MAX = 24
/** Of those, so many are kept for consumers further on that have the traced message. */
const TRACED_KEPT = 4

/**
 * Which of a lane's consumers have a pane where a hall of phones sits at one destination: the first ones, and some of those
 * that have the traced message, in their own order. The rest are counted.
 */
export function shownPanes(
  consumers: readonly Consumer[],
  traced: ReadonlyMap<string, unknown>,
): { shown: readonly Consumer[]; left: number } {
  if (consumers.length <= PANES_MAX) return { shown: consumers, left: 0 }
  const first = consumers.slice(0, PANES_MAX - TRACED_KEPT)
  const further = consumers.slice(first.length).filter(({ name }) => traced.has(name))
  const shown = [...first, ...further.slice(0, TRACED_KEPT)]
  return { shown, left: consumers.length - shown.length }
}
