import type { Position } from '#lib/protocol/command-schemas.ts'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { BATCH_MAX_EVENTS, PAGE_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { Room } from '#lib/rooms/contract.ts'

/** What the answers of events have in common. */
export interface ReadOptions {
  /** How large the next page may be, bytes. */
  pageBytes?: () => number
  /** Called once, when the answer is read to its end or its caller has left. */
  onEnd?: () => void
}

/**
 * Reads a room's events for one caller, page by page, and leaves nothing out silently: what was not held when the caller
 * came is a `gap`, and what history drops before the caller takes it is one of reason `slow-reader`.
 */
export class HistoryReader {
  private readonly room: Pick<Room, 'eventsSince'>
  private readonly firstSeq: number
  private readonly pageBytes: () => number
  private position: Position

  /** `firstSeq`: the oldest event that was held when the caller came. */
  constructor(
    room: Pick<Room, 'eventsSince'>,
    since: Position,
    firstSeq: number,
    { pageBytes = () => PAGE_MAX_BYTES }: ReadOptions = {},
  ) {
    this.room = room
    this.position = since
    this.firstSeq = firstSeq
    this.pageBytes = pageBytes
  }

  /** The next page, up to number `upTo`; empty while there is nothing to read. */
  async next(upTo = Number.MAX_SAFE_INTEGER): Promise<RoomEvent[]> {
    const page = await this.room.eventsSince(this.position, BATCH_MAX_EVENTS, this.pageBytes())
    const events = page.events.flatMap((event) => {
      if (isStreamGap(event)) return this.gapsOf(event, upTo)
      return event.seq <= upTo ? [event] : []
    })
    const last = events.at(-1)
    if (last !== undefined) this.position = { epoch: page.epoch, seq: last.seq }
    return events
  }

  /** A gap's two parts: what was not held from the start, and what was dropped while this caller read. */
  private gapsOf(gap: EventOf<'gap'>, upTo: number): RoomEvent[] {
    const { firstSeq } = this
    const to = Math.min(gap.to ?? upTo, upTo)
    const parts: RoomEvent[] = []
    const before = Math.min(to, firstSeq - 1)
    if (gap.from === null || gap.from <= before) parts.push({ ...gap, seq: before, to: before })
    const from = Math.max(gap.from ?? firstSeq, firstSeq)
    if (from <= to) parts.push({ ...gap, seq: to, from, to, reason: 'slow-reader' })
    return parts
  }
}

/** A gap of the room's stream itself, not of one of its consumers. */
const isStreamGap = (event: RoomEvent): event is EventOf<'gap'> =>
  event.kind === 'gap' && event.system === undefined
