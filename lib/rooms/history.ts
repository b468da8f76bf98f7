import { Buffer } from 'node:buffer'
import { isLifeEvent, type LifeEvent, type RoomEvent, type Standing } from '#lib/protocol/events.ts'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS } from '#lib/protocol/limits.ts'
import { fieldsChars, metadataChars } from '#lib/protocol/metadata.ts'
import type { CarriedContent } from './message-content.ts'
import type { Bounded, SharedBound } from './shared-bound.ts'

/** What history keeps of one message beside its events: which event its content is shown on. */
export interface HeldMessage {
  /** The first and the newest of its events that are kept; both 0 while none is. */
  firstHeld: number
  lastHeld: number
  /** Known from its first event until history drops its last one. */
  content: CarriedContent | null
  contentBytes: number
}

export interface HistoryOptions<M extends HeldMessage> {
  maxEvents?: number
  maxBytes?: number
  /** A bound on the bytes of several histories together, which this one has joined. */
  together?: SharedBound
  /** The last kept event of a message was dropped. */
  onForgotten?: (message: M) => void
  /** The oldest event is dropped. `content`: of its message. */
  onDropped?: (event: RoomEvent, content: CarriedContent | null) => void
  /** What is known of the message of an event by those of its events that were dropped. */
  standingOf?: (event: LifeEvent, number: number) => Standing | undefined
}

const NONE = 0

/**
 * The newest events of a room, bounded by number and by bytes. It guarantees that a message's content rides on the first
 * of its events that is still kept: a reader finds it there, even when it first rode on an earlier event.
 */
export class History<M extends HeldMessage> implements Bounded {
  private readonly maxEvents: number
  private readonly maxBytes: number
  private readonly together: SharedBound | undefined
  private readonly onForgotten: ((message: M) => void) | undefined
  private readonly onDropped: HistoryOptions<M>['onDropped']
  private readonly standingOf: HistoryOptions<M>['standingOf']
  /** One slot more than events: the newest is stored before the oldest is dropped, and may inherit its content. */
  private readonly slots: number
  // Parallel arrays instead of one object for each event, which would double the garbage collector's work.
  private readonly events: Array<RoomEvent | undefined> = []
  private readonly messages: Array<M | null> = []
  private readonly sizes: number[] = []
  /** The number of the same message's next event. */
  private readonly nextOfMessage: number[] = []
  private first = 1
  private last = 0
  private held = 0

  constructor(options: HistoryOptions<M> = {}) {
    this.maxEvents = options.maxEvents ?? HISTORY_MAX_EVENTS
    this.maxBytes = options.maxBytes ?? HISTORY_MAX_BYTES
    this.together = options.together
    this.onForgotten = options.onForgotten
    this.onDropped = options.onDropped
    this.standingOf = options.standingOf
    this.slots = this.maxEvents + 1
  }

  /** The last event's number; 0 before the first. */
  get seq(): number {
    return this.last
  }

  /** The oldest event kept; `seq + 1` when none is. */
  get firstSeq(): number {
    return this.first
  }

  /** Bytes, as they are counted here. */
  get size(): number {
    return this.held
  }

  /** `event.seq` must be `seq + 1`. The first event of a message that is kept must carry its `content`. */
  append(event: RoomEvent, message: M | null): void {
    const before = this.held
    this.last += 1
    const slot = this.slotOf(this.last)
    this.events[slot] = event
    this.messages[slot] = message
    this.nextOfMessage[slot] = NONE
    this.sizes[slot] = 0
    this.grow(slot, eventSize(event))
    if (message !== null) this.link(slot, message)
    if (this.last - this.first + 1 > this.maxEvents) this.dropOldest()
    this.shrinkTo(this.maxBytes)
    if (this.held > before) this.together?.grew(this.held - before)
  }

  /** The newest event stays, however large it is. */
  shrinkTo(size: number): void {
    while (this.held > size && this.first < this.last) this.dropOldest()
  }

  /** At most `limit` kept events from number `from` on, and `maxBytes` of them, but always one. */
  read(from: number, limit: number, maxBytes = Number.POSITIVE_INFINITY): RoomEvent[] {
    const page: RoomEvent[] = []
    let bytes = 0
    const end = Math.min(this.last, from + limit - 1)
    for (let seq = Math.max(from, this.first); seq <= end; seq += 1) {
      const slot = this.slotOf(seq)
      const event = this.events[slot]
      bytes += this.sizes[slot] ?? 0
      if (bytes > maxBytes && page.length > 0) break
      if (event !== undefined) page.push(this.withContent(event, this.messages[slot] ?? null))
    }
    return page
  }

  /**
   * The event as it is read: the first one kept of its message carries the content, and what became of it in the events that
   * were dropped by now, which may be more than when it was emitted.
   */
  private withContent(event: RoomEvent, message: M | null): RoomEvent {
    if (message === null || message.firstHeld !== event.seq || !isLifeEvent(event)) return event
    const number = event.number ?? message.content?.number
    const standing = number === undefined ? undefined : this.standingOf?.(event, number)
    if (event.number !== undefined && standing === undefined) return event
    const content = event.number === undefined ? message.content : null
    return { ...event, ...content, ...(standing === undefined ? {} : { standing }) }
  }

  private slotOf(seq: number): number {
    return (seq - 1) % this.slots
  }

  private grow(slot: number, by: number): void {
    this.sizes[slot] = (this.sizes[slot] ?? 0) + by
    this.held += by
  }

  private link(slot: number, message: M): void {
    if (message.firstHeld === NONE) {
      message.firstHeld = this.last
      this.grow(slot, message.contentBytes)
    } else this.nextOfMessage[this.slotOf(message.lastHeld)] = this.last
    message.lastHeld = this.last
  }

  private dropOldest(): void {
    const slot = this.slotOf(this.first)
    const message = this.messages[slot] ?? null
    const event = this.events[slot]
    if (event !== undefined) this.onDropped?.(event, message?.content ?? null)
    this.held -= this.sizes[slot] ?? 0
    this.events[slot] = undefined
    this.messages[slot] = null
    this.first += 1
    if (message !== null) this.moveContent(message, this.nextOfMessage[slot] ?? NONE)
  }

  /** The content, and its size, moves on to the next event of the message. */
  private moveContent(message: M, next: number): void {
    message.firstHeld = next
    if (next !== NONE) this.grow(this.slotOf(next), message.contentBytes)
    else {
      message.lastHeld = NONE
      this.onForgotten?.(message)
    }
  }
}

/**
 * What an event costs in history, in bytes, without serializing it: a fixed share for its fields, and the measured length
 * of what people and programs can make long. Close to the length of its JSON, and cheap enough for every event.
 */
const LIFE_EVENT_BYTES = 360
const FIELD_BYTES = 16

/** Without its message's content, which is counted once for each message. */
function eventSize(event: RoomEvent): number {
  if (!isLifeEvent(event)) return valueSize(event)
  if (event.kind !== 'delivered' || event.carried === undefined) return LIFE_EVENT_BYTES
  return LIFE_EVENT_BYTES + metadataChars(event.carried)
}

/** What a message's content costs in history, in bytes. */
export function contentSize({ text, bytes, key, keyBytes, headers, fields }: CarriedContent): number {
  let size = FIELD_BYTES
  if (text !== undefined) size += Buffer.byteLength(text)
  if (bytes !== undefined) size += bytes.length
  if (key !== undefined) size += key.length
  if (keyBytes !== undefined) size += keyBytes.length
  if (headers !== undefined) size += valueSize(headers)
  if (fields !== undefined) size += fieldsChars(fields)
  return size
}

/** For the rare kinds of events, whose lists can be long. */
function valueSize(value: unknown): number {
  if (typeof value === 'string') return FIELD_BYTES + value.length
  if (typeof value !== 'object' || value === null) return FIELD_BYTES
  let size = FIELD_BYTES
  for (const inner of Object.values(value)) size += FIELD_BYTES + valueSize(inner)
  return size
}
