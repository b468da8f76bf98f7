import { isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import type { CarriedContent } from './content.ts'
import { sizeOf } from './sizes.ts'

/** What history keeps of one message beside its events: where its content is to be shown. */
export interface HeldMessage {
  /** The first and the newest of its events that are held; both 0 while none is. */
  firstHeld: number
  lastHeld: number
  /** Known from its first event on, until history lets go of its last one. */
  content: CarriedContent | null
  contentBytes: number
}

/**
 * The newest events of a room, bounded by number and by bytes. It keeps the promise that a message's content rides on
 * the first of its events that is still held: whoever reads gets it there, even when it first rode on an earlier one.
 */
export interface History<M extends HeldMessage> {
  /** The last event's number; 0 before the first. */
  readonly seq: number
  /** The oldest event held; `seq + 1` when none is. */
  readonly firstSeq: number
  readonly bytes: number
  /** `event.seq` must be `seq + 1`. The first event of a message that is held must carry its `content`. */
  append(event: RoomEvent, message: M | null): void
  /** At most `limit` held events from number `from` on. */
  read(from: number, limit: number): RoomEvent[]
}

export interface HistoryOptions<M extends HeldMessage> {
  maxEvents?: number
  maxBytes?: number
  /** The last held event of a message is let go. */
  onForgotten?: (message: M) => void
}

const NONE = 0

export function createHistory<M extends HeldMessage>(options: HistoryOptions<M> = {}): History<M> {
  const { maxEvents = HISTORY_MAX_EVENTS, maxBytes = HISTORY_MAX_BYTES, onForgotten } = options
  // One slot more than events: the newest is in its place before the oldest is let go, and may be its heir.
  const slots = maxEvents + 1
  // Side by side instead of one object for each event, which would double what the collector has to look at.
  const events: Array<RoomEvent | undefined> = []
  const messages: Array<M | null> = []
  const sizes: number[] = []
  /** The number of the same message's next event. */
  const heirs: number[] = []
  let first = 1
  let last = 0
  let bytes = 0
  const slotOf = (seq: number) => (seq - 1) % slots

  function grow(slot: number, by: number): void {
    sizes[slot] = (sizes[slot] ?? 0) + by
    bytes += by
  }

  function append(event: RoomEvent, message: M | null): void {
    last += 1
    const slot = slotOf(last)
    events[slot] = event
    messages[slot] = message
    heirs[slot] = NONE
    sizes[slot] = 0
    grow(slot, sizeOf(event))
    if (message !== null) join(slot, message)
    while (last - first + 1 > maxEvents || (bytes > maxBytes && first < last)) letGo()
  }

  function join(slot: number, message: M): void {
    if (message.firstHeld === NONE) {
      message.firstHeld = last
      grow(slot, message.contentBytes)
    } else heirs[slotOf(message.lastHeld)] = last
    message.lastHeld = last
  }

  function letGo(): void {
    const slot = slotOf(first)
    const message = messages[slot] ?? null
    bytes -= sizes[slot] ?? 0
    events[slot] = undefined
    messages[slot] = null
    first += 1
    if (message !== null) passOn(message, heirs[slot] ?? NONE)
  }

  /** The content, and what it weighs, goes on to the next event of the message. */
  function passOn(message: M, heir: number): void {
    message.firstHeld = heir
    if (heir !== NONE) grow(slotOf(heir), message.contentBytes)
    else {
      message.lastHeld = NONE
      onForgotten?.(message)
    }
  }

  function read(from: number, limit: number): RoomEvent[] {
    const page: RoomEvent[] = []
    const end = Math.min(last, from + limit - 1)
    for (let seq = Math.max(from, first); seq <= end; seq += 1) {
      const event = events[slotOf(seq)]
      if (event !== undefined) page.push(shown(event, messages[slotOf(seq)] ?? null))
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

function shown(event: RoomEvent, message: HeldMessage | null): RoomEvent {
  if (message === null || message.firstHeld !== event.seq || !isLifeEvent(event)) return event
  return event.number === undefined ? { ...event, ...message.content } : event
}
