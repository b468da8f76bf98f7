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

/** One event's place. `heir` is the number of the same message's next event, 0 while there is none. */
interface Slot<M> {
  event: RoomEvent
  message: M | null
  heir: number
  bytes: number
}

export function createHistory<M extends HeldMessage>(options: HistoryOptions<M> = {}): History<M> {
  const { maxEvents = HISTORY_MAX_EVENTS, maxBytes = HISTORY_MAX_BYTES, onForgotten } = options
  // One slot more than events: the newest is in its place before the oldest is let go, and may be its heir.
  const ring: Array<Slot<M> | undefined> = []
  const slots = maxEvents + 1
  let first = 1
  let last = 0
  let bytes = 0
  const slotOf = (seq: number) => ring[(seq - 1) % slots]

  function join(slot: Slot<M>, message: M, seq: number): void {
    const previous = message.firstHeld === 0 ? undefined : slotOf(message.lastHeld)
    if (previous === undefined) {
      message.firstHeld = seq
      slot.bytes += message.contentBytes
    } else previous.heir = seq
    message.lastHeld = seq
  }

  function append(event: RoomEvent, message: M | null): void {
    last += 1
    const slot: Slot<M> = { event, message, heir: 0, bytes: sizeOf(event) }
    if (message !== null) join(slot, message, last)
    ring[(last - 1) % slots] = slot
    bytes += slot.bytes
    while (last - first + 1 > maxEvents || (bytes > maxBytes && first < last)) letGo()
  }

  function letGo(): void {
    const slot = slotOf(first)
    ring[(first - 1) % slots] = undefined
    first += 1
    if (slot === undefined) return
    bytes -= slot.bytes
    if (slot.message !== null) passOn(slot.message, slot.heir)
  }

  /** The content, and what it weighs, goes on to the next event of the message. */
  function passOn(message: M, heirSeq: number): void {
    const heir = heirSeq === 0 ? undefined : slotOf(heirSeq)
    message.firstHeld = heirSeq
    if (heir === undefined) {
      message.lastHeld = 0
      onForgotten?.(message)
    } else {
      heir.bytes += message.contentBytes
      bytes += message.contentBytes
    }
  }

  function read(from: number, limit: number): RoomEvent[] {
    const page: RoomEvent[] = []
    const end = Math.min(last, from + limit - 1)
    for (let seq = Math.max(from, first); seq <= end; seq += 1) {
      const slot = slotOf(seq)
      if (slot !== undefined) page.push(shown(slot, seq))
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

function shown({ event, message }: Slot<HeldMessage>, seq: number): RoomEvent {
  if (message === null || message.firstHeld !== seq || !isLifeEvent(event)) return event
  return event.number === undefined ? { ...event, ...message.content } : event
}
