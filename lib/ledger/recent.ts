import type { RoomEvent } from '#lib/protocol/events.ts'

/** The newest events of a room, in the order in which they were learned. */
export interface RecentView {
  events: readonly RoomEvent[]
  /** How many earlier ones are no longer held. */
  dropped: number
}

/** Keeps the newest events by reference: a fixed number, whatever the rate. */
export interface Recent {
  push(event: RoomEvent): void
  /** Built when asked for: whoever draws time asks once and follows the stream from there. */
  view(): RecentView
  /** One that holds the same and goes on apart. */
  copy(): Recent
}

/** Not what comes by the clock rather than by anybody's doing, and would push everything else out of an idle room. */
export const isKept = ({ kind }: RoomEvent): boolean =>
  kind !== 'facts' && kind !== 'people' && kind !== 'load'

export function createRecent(max: number, held: readonly RoomEvent[] = [], pushedBefore = 0): Recent {
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
    copy: () => createRecent(max, ring, pushed),
  }
}
