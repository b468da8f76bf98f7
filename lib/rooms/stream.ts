import type { Position } from '#lib/protocol/commands.ts'
import type { EventOf, LifeEvent, RoomEvent, UnnumberedEvent } from '#lib/protocol/events.ts'
import { now } from '#lib/util/clock.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'
import { type BodySource, type CarriedContent, readBody } from './content.ts'
import type { EventsPage } from './contract.ts'
import { createHistory, type History, type HistoryOptions } from './history.ts'
import type { MessageRecord, SentTable } from './sent-table.ts'
import { contentSize } from './sizes.ts'

/** The `seq` of an event that the stream has yet to number. */
export const UNNUMBERED = 0

/** A room's numbered stream: numbers events, keeps the newest, tells listeners in order, and cuts pages. */
export interface Stream {
  readonly epoch: string
  readonly room: string
  readonly seq: number
  readonly firstSeq: number
  readonly historyBytes: number
  emit(event: UnnumberedEvent): void
  /**
   * An event of one message, whole but for its number: the stream numbers the very object, so that the many are not
   * copied, and it must not be changed afterwards. It is given the message's content when no event that is still held
   * carries it, read from `source` only then.
   */
  emitLife(record: MessageRecord, event: LifeEvent, source?: BodySource): void
  onEvent(listener: (event: RoomEvent) => void): Unsubscribe
  page(since: Position, limit: number): EventsPage
  /** Ends all listening; history stays readable. */
  close(): void
}

export interface StreamOptions extends Omit<HistoryOptions<MessageRecord>, 'onForgotten'> {
  epoch: string
  room: string
  messages: SentTable
}

export function createStream({ epoch, room, messages, ...limits }: StreamOptions): Stream {
  const history = createHistory<MessageRecord>({ ...limits, onForgotten: messages.forgotten })
  const listeners = createSignal<RoomEvent>()
  /** Events numbered while listeners are being told of an earlier one: told afterwards, so that order holds. */
  const waiting: RoomEvent[] = []
  let telling = false

  function tell(event: RoomEvent): void {
    if (telling) {
      waiting.push(event)
      return
    }
    telling = true
    try {
      listeners.emit(event)
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) listeners.emit(next)
    } finally {
      telling = false
    }
  }

  function emit(event: UnnumberedEvent): void {
    const numbered: RoomEvent = { epoch, seq: history.seq + 1, room, ...event }
    history.append(numbered, null)
    tell(numbered)
  }

  function emitLife(record: MessageRecord, event: LifeEvent, source?: BodySource): void {
    event.seq = history.seq + 1
    if (record.firstHeld === 0) Object.assign(event, carry(record, source))
    history.append(event, record)
    tell(event)
  }

  function carry(record: MessageRecord, source: BodySource | undefined): CarriedContent {
    if (record.content === null) {
      record.content = contentOf(record, source)
      record.contentBytes = contentSize(record.content)
    } else messages.recalled(record)
    return record.content
  }

  return {
    epoch,
    room,
    get seq() {
      return history.seq
    },
    get firstSeq() {
      return history.firstSeq
    },
    get historyBytes() {
      return history.bytes
    },
    emit,
    emitLife,
    onEvent: listeners.on,
    page: (since, limit) => cutPage({ epoch, room, history, since, limit }),
    close: listeners.clear,
  }
}

/** Without the text where an event comes so late that nobody has it any more. */
function contentOf(record: MessageRecord, source: BodySource | undefined): CarriedContent {
  const { number, meta, sentAt } = record
  const body = source === undefined ? undefined : readBody(source)
  return { number, ...body, ...meta, ...(sentAt === null ? undefined : { sentAt }) }
}

interface Cut {
  epoch: string
  room: string
  history: History<MessageRecord>
  since: Position
  limit: number
}

/** A position of another epoch, or from the future of this one, is answered with all that is held. */
function cutPage({ epoch, room, history, since, limit }: Cut): EventsPage {
  const known = since.epoch === epoch && since.seq <= history.seq
  const to = history.firstSeq - 1
  if (known && since.seq >= to) {
    return { events: history.read(since.seq + 1, limit), seq: history.seq, epoch }
  }
  const gap: EventOf<'gap'> = {
    kind: 'gap',
    epoch,
    seq: to,
    at: now(),
    room,
    evidence: 'client',
    from: known ? since.seq + 1 : null,
    to,
    reason: known ? 'not-held' : 'epoch',
  }
  return { events: [gap, ...history.read(history.firstSeq, limit - 1)], seq: history.seq, epoch }
}
