import type { Position } from '#lib/protocol/command-schemas.ts'
import type { EventOf, LifeEvent, RoomEvent, UnnumberedEvent } from '#lib/protocol/events.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import type { EventsPage } from './contract.ts'
import { DroppedCounts } from './dropped-counts.ts'
import { contentSize, History, type HistoryOptions } from './history.ts'
import { type BodySource, type CarriedContent, readContent } from './message-content.ts'
import type { MessageMeta, MessagePart, MessageRecord, MessageTable } from './message-table.ts'

/** The `seq` of an event that the stream has yet to number. */
export const UNNUMBERED = 0

type OwnOptions = 'onForgotten' | 'onDropped' | 'standingOf'

export interface RoomStreamOptions extends Omit<HistoryOptions<MessageRecord>, OwnOptions> {
  epoch: string
  room: string
  messages: MessageTable
}

/** A room's numbered stream: numbers events, keeps the newest, notifies listeners in order, and returns pages. */
export class RoomStream {
  readonly epoch: string
  readonly room: string
  private readonly messages: MessageTable
  private readonly history: History<MessageRecord>
  /** Leaves the bound that several histories share. */
  private readonly leave: Unsubscribe | undefined
  private readonly dropped = new DroppedCounts()
  private readonly listeners = createSignal<RoomEvent>()
  /** Events that were numbered while listeners were being notified of an earlier one: they come next, so that order holds. */
  private readonly waiting: RoomEvent[] = []
  private notifying = false

  constructor({ epoch, room, messages, ...limits }: RoomStreamOptions) {
    this.epoch = epoch
    this.room = room
    this.messages = messages
    this.history = new History<MessageRecord>({
      ...limits,
      onForgotten: messages.forgotten,
      onDropped: (event, content) => this.dropped.take(event, content),
      standingOf: (event, number) => this.dropped.standingOf(event, number),
    })
    this.leave = limits.together?.join(this.history)
  }

  get seq(): number {
    return this.history.seq
  }

  get firstSeq(): number {
    return this.history.firstSeq
  }

  get historyBytes(): number {
    return this.history.size
  }

  emit(event: UnnumberedEvent): void {
    const numbered: RoomEvent = { epoch: this.epoch, seq: this.history.seq + 1, room: this.room, ...event }
    this.history.append(numbered, null)
    this.notify(numbered)
  }

  /**
   * Emits an event of one message, complete but for its number. The stream numbers the given object itself, because
   * copying so many would cost too much, so the caller must not change it afterwards. It gets the message's content when
   * no event that is still kept carries it; only then is `source` read.
   */
  emitLife(record: MessageRecord, event: LifeEvent, source?: BodySource): void {
    event.seq = this.history.seq + 1
    if (record.firstHeld === 0) {
      Object.assign(event, this.contentFor(record, source))
      const standing = this.firstSeq > 1 ? this.dropped.standingOf(event, record.number) : undefined
      if (standing !== undefined) event.standing = standing
    }
    this.history.append(event, record)
    this.notify(event)
  }

  onEvent(listener: (event: RoomEvent) => void): Unsubscribe {
    return this.listeners.on(listener)
  }

  /**
   * At most `limit` events after `since`, and `maxBytes` of them but always one, preceded by a `gap` where those are not
   * kept or of another epoch.
   */
  page(since: Position, limit: number, maxBytes?: number): EventsPage {
    const { history, epoch } = this
    // A position that this epoch has not reached cannot be its own.
    const isKnown = since.epoch === epoch && since.seq <= history.seq
    const { seq, firstSeq } = history
    if (isKnown && since.seq >= firstSeq - 1) {
      return { events: history.read(since.seq + 1, limit, maxBytes), seq, epoch }
    }
    const gap = this.gapBefore(firstSeq, isKnown ? since.seq + 1 : null)
    return { events: [gap, ...history.read(firstSeq, limit - 1, maxBytes)], seq, epoch }
  }

  /** Removes all listeners; history stays readable. */
  close(): void {
    this.listeners.clear()
    this.leave?.()
  }

  private notify(event: RoomEvent): void {
    if (this.notifying) {
      this.waiting.push(event)
      return
    }
    this.notifying = true
    try {
      this.listeners.emit(event)
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
        this.listeners.emit(next)
      }
    } finally {
      this.notifying = false
    }
  }

  private contentFor(record: MessageRecord, source: BodySource | undefined): CarriedContent {
    if (record.content === null) {
      record.content = contentOf(record, source)
      record.contentBytes = contentSize(record.content)
    } else this.messages.recalled(record)
    return record.content
  }

  private gapBefore(firstSeq: number, from: number | null): EventOf<'gap'> {
    const to = firstSeq - 1
    const reason = from === null ? 'epoch' : 'not-held'
    const { epoch, room } = this
    const counts = this.dropped.counts()
    return { kind: 'gap', epoch, seq: to, at: now(), room, evidence: 'client', from, to, reason, counts }
  }
}

/** A load's messages have no headers, and are too many to look for them. */
const shownOf = ({ outside, load }: MessageMeta) =>
  outside ? 'all' : load === undefined ? 'headers' : 'body'

/** Without the text when an event comes so late that nobody holds it any more. */
function contentOf(record: MessageRecord, source: BodySource | undefined): CarriedContent {
  const { number, meta, sentAt } = record
  const body = source === undefined ? undefined : readContent(source, shownOf(meta))
  return {
    number,
    ...body,
    ...meta,
    ...(sentAt === null ? undefined : { sentAt }),
    ...severalPlacesOf(record),
  }
}

/** Where it was sent, in that order; nothing for a message of one system, as those of a load are. */
function severalPlacesOf({ parts }: MessageRecord): Pick<CarriedContent, 'sentTo'> | undefined {
  if (parts === null || parts.next === null) return undefined
  const sentTo: NonNullable<CarriedContent['sentTo']> = []
  for (let part: MessagePart | null = parts; part; part = part.next)
    sentTo.unshift({ system: part.system, destination: part.destination })
  return { sentTo }
}
