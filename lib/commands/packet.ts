import type { RoomEvent } from '#lib/protocol/events.ts'

/** Characters of text in one batch or page: 2,000 events of the longest texts would otherwise be one packet of 16 MiB. */
export const BATCH_MAX_CHARS = 256 * 1024

/** The part of an event whose size its sender chooses. */
export function charsOf(event: RoomEvent): number {
  if (!('text' in event) || event.text === undefined) return 0
  return event.text.length + ('bytes' in event && event.bytes !== undefined ? event.bytes.length : 0)
}

/** As many of the first `events` as one packet should hold: at least one. */
export function firstPacket(events: RoomEvent[]): RoomEvent[] {
  let chars = 0
  const end = events.findIndex((event) => {
    chars += charsOf(event)
    return chars > BATCH_MAX_CHARS
  })
  return end === -1 ? events : events.slice(0, Math.max(1, end))
}
