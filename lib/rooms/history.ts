import { isLifeEvent, type LifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import { carriesContent, contentOf } from './content.ts'
import { contentSize, sizeOf } from './sizes.ts'

/**
 * The newest events of a room, bounded by number and by bytes. It keeps the promise that a message's content rides on
 * the first of its events that is still held: when that one is let go, the next one of the same message inherits it.
 */
export interface History {
  /** The last event's number; 0 before the first. */
  readonly seq: number
  /** The oldest event held; `seq + 1` when none is. */
  readonly firstSeq: number
  readonly bytes: number
  /** `event.seq` must be `seq + 1`. `previous` is the number of the same message's last event, 0 where there is none. */
  append(event: RoomEvent, previous: number): void
  /** At most `limit` held events from number `from` on. */
  read(from: number, limit: number): RoomEvent[]
}

export interface HistoryOptions {
  maxEvents?: number
  maxBytes?: number
  /** The last held event of a message is let go, and it carried the message's content. */
  onForgotten?: (event: LifeEvent) => void
}

const NONE = 0

export function createHistory(options: HistoryOptions = {}): History {
  const { maxEvents = HISTORY_MAX_EVENTS, maxBytes = HISTORY_MAX_BYTES, onForgotten } = options
  // One slot more than events, so that the newest is in its place before the oldest is let go and may inherit from it.
  const slots = maxEvents + 1
  const events: Array<RoomEvent | undefined> = []
  const sizes: number[] = []
  /** For each slot the number of the same message's next event. */
  const heirs: number[] = []
  let first = 1
  let last = 0
  let bytes = 0
  const slotOf = (seq: number) => (seq - 1) % slots

  function bequeath(event: LifeEvent, heirSeq: number): void {
    const slot = slotOf(heirSeq)
    const heir = events[slot]
    if (heir === undefined || !isLifeEvent(heir) || carriesContent(heir)) return
    const richer: LifeEvent = { ...heir, ...contentOf(event) }
    const added = contentSize(richer)
    events[slot] = richer
    sizes[slot] = (sizes[slot] ?? 0) + added
    bytes += added
  }

  function letGo(): void {
    const slot = slotOf(first)
    const event = events[slot]
    const heir = heirs[slot] ?? NONE
    bytes -= sizes[slot] ?? 0
    events[slot] = undefined
    first += 1
    if (event === undefined || !isLifeEvent(event) || !carriesContent(event)) return
    if (heir === NONE) onForgotten?.(event)
    else bequeath(event, heir)
  }

  function append(event: RoomEvent, previous: number): void {
    last += 1
    const slot = slotOf(last)
    const size = sizeOf(event)
    events[slot] = event
    sizes[slot] = size
    heirs[slot] = NONE
    if (previous >= first) heirs[slotOf(previous)] = last
    bytes += size
    while (last - first + 1 > maxEvents || (bytes > maxBytes && first < last)) letGo()
  }

  function read(from: number, limit: number): RoomEvent[] {
    const page: RoomEvent[] = []
    const end = Math.min(last, from + limit - 1)
    for (let seq = Math.max(from, first); seq <= end; seq += 1) {
      const event = events[slotOf(seq)]
      if (event !== undefined) page.push(event)
    }
    return page
  }

  return {
    get seq() {
      return last
    },
    get firstSeq() {
      return first
    },
    get bytes() {
      return bytes
    },
    append,
    read,
  }
}
