import type { RoomEvent } from '#lib/protocol/events.ts'
import type { RecentEventsView } from '../model/views.ts'

/** Keeps the newest events by reference: a fixed number, whatever the rate. */
export interface RecentEvents {
  push(event: RoomEvent): void
  /** Built anew at each call: a timeline calls it once and follows the stream from there. */
  view(): RecentEventsView
  /** An independent copy. */
  copy(): RecentEvents
}

/** Periodic events are left out: in an idle room they would push everything else out. */
export const isKept = ({ kind }: RoomEvent): boolean =>
  kind !== 'facts' && kind !== 'people' && kind !== 'load' && kind !== 'lesson' && kind !== 'vote'

export function createRecentEvents(
  max: number,
  held: readonly RoomEvent[] = [],
  pushedBefore = 0,
): RecentEvents {
  const ring: RoomEvent[] = [...held]
  let pushed = pushedBefore
  return {
    push: (event) => {
      if (!isKept(event)) return
      ring[pushed % max] = event
      pushed += 1
    },
    view: () => {
      const dropped = Math.max(0, pushed - max)
      const start = dropped === 0 ? 0 : pushed % max
      return { events: [...ring.slice(start), ...ring.slice(0, start)], dropped }
    },
    copy: () => createRecentEvents(max, ring, pushed),
  }
}
