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

type Chunk = readonly RoomEvent[]

/** Events in one chunk: a full one is never written to again, so that copies share it. */
const CHUNK = 1_024

export function createRecentEvents(
  max: number,
  full: readonly Chunk[] = [],
  begun: Chunk = [],
  droppedBefore = 0,
): RecentEvents {
  const chunks = [...full]
  let filling = [...begun]
  /** Events in chunks that were let go of. */
  let dropped = droppedBefore
  const held = () => chunks.length * CHUNK + filling.length
  return {
    push: (event) => {
      if (!isKept(event)) return
      filling.push(event)
      if (filling.length < CHUNK) return
      chunks.push(filling)
      filling = []
      if (held() < max + CHUNK) return
      chunks.shift()
      dropped += CHUNK
    },
    view: () => {
      const beyond = Math.max(0, held() - max)
      return { events: [...chunks, filling].flat().slice(beyond), dropped: dropped + beyond }
    },
    copy: () => createRecentEvents(max, chunks, filling, dropped),
  }
}
