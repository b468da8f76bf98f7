import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { fieldsChars, metadataChars } from '#lib/protocol/metadata.ts'

/** Characters of text in one batch or page: 2,000 events of the longest texts would otherwise be one packet of 16 MiB. */
export const BATCH_MAX_CHARS = 256 * 1024

/** The part of an event whose size its sender chooses. */
export function charsOf(event: RoomEvent): number {
  if (!isLifeEvent(event)) return 'text' in event ? event.text.length : 0
  const { text = '', bytes = '', fields = [] } = event
  const carried = event.kind === 'delivered' && event.carried !== undefined ? metadataChars(event.carried) : 0
  return text.length + bytes.length + fieldsChars(fields) + carried
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
