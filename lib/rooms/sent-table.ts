import type { LifeEvent } from '#lib/protocol/events.ts'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS, SENT_TABLE_MAX } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { createBoundedMap } from './bounded-map.ts'
import { type CarriedContent, contentOf } from './content.ts'
import { contentSize } from './sizes.ts'

/** The short facts beside a message's body. One object may serve many messages (a load's). Headers can be long: they go with the body. */
export interface MessageMeta {
  readonly sender?: string
  readonly senderColour?: number
  readonly key?: string
  readonly load?: string
  readonly outside?: true
}

/** One system's part of a message of ours: handed to its driver at `sentAt`. */
export interface MessagePart {
  readonly system: SystemId
  readonly sentAt: number
}

/** One message of the room, as long as the room can recognise it. Its text and headers live in history, not here. */
export interface MessageRecord {
  readonly id: string
  readonly number: number
  readonly meta: MessageMeta
  /** The room's last event before the message was accepted. */
  readonly seqBefore: number
  /** When the room accepted it; null for messages from outside. */
  readonly sentAt: number | null
  readonly parts: MessagePart[]
  /** The number of its newest event; 0 before the first. */
  lastSeq: number
  /** Receipts awaited and arrivals not settled: events that may come without a body at hand. */
  pending: number
  /** Content kept because history let go of it while something was pending. */
  parked: CarriedContent | null
}

/**
 * The room's messages by id: ours as sent, and outside ones by the identity their driver gives. Both bounded: the
 * oldest are forgotten, and what is forgotten counts as outside when it comes again.
 */
export interface SentTable {
  /** The last message's number. */
  readonly number: number
  /** The record of an id of ours; made when it is new. */
  accept(id: string, meta: MessageMeta, seqBefore: number, sentAt: number): MessageRecord
  /** A message of ours that was really sent to this system; a claim alone proves nothing. */
  ours(id: string, system: SystemId): MessageRecord | undefined
  /** The record of a message somebody else wrote; `meta` is asked for when it is new. */
  outside(identity: string, meta: () => MessageMeta): MessageRecord
  /** Keeps the content that history is letting go of, where an event of the message may still come. */
  park(event: LifeEvent): void
  /** Something pending has come; parked content goes when it was the last. */
  settled(record: MessageRecord): void
}

/** Outside messages that can still come again at another consumer: as many as history has events. */
const OUTSIDE_TABLE_MAX = HISTORY_MAX_EVENTS

export function createSentTable(
  limits: { sent?: number; outside?: number; parkedBytes?: number } = {},
): SentTable {
  const sent = createBoundedMap<MessageRecord>(limits.sent ?? SENT_TABLE_MAX)
  const outside = createBoundedMap<MessageRecord>(limits.outside ?? OUTSIDE_TABLE_MAX)
  const parkedMax = limits.parkedBytes ?? HISTORY_MAX_BYTES
  let number = 0
  let parkedBytes = 0

  function create(
    table: typeof sent,
    id: string,
    rest: Pick<MessageRecord, 'meta' | 'seqBefore' | 'sentAt'>,
  ): MessageRecord {
    number += 1
    const record: MessageRecord = {
      id,
      number,
      meta: rest.meta,
      seqBefore: rest.seqBefore,
      sentAt: rest.sentAt,
      parts: [],
      lastSeq: 0,
      pending: 0,
      parked: null,
    }
    table.add(id, record)
    return record
  }

  function park(event: LifeEvent): void {
    const record = sent.get(event.messageId) ?? outside.get(event.messageId)
    if (record === undefined || record.pending === 0 || record.parked !== null) return
    const size = contentSize(event)
    if (parkedBytes + size > parkedMax) return
    parkedBytes += size
    record.parked = contentOf(event)
  }

  function settled(record: MessageRecord): void {
    record.pending -= 1
    if (record.pending > 0 || record.parked === null) return
    parkedBytes -= contentSize(record.parked)
    record.parked = null
  }

  return {
    get number() {
      return number
    },
    accept: (id, meta, seqBefore, sentAt) => sent.get(id) ?? create(sent, id, { meta, seqBefore, sentAt }),
    ours: (id, system) => {
      const record = sent.get(id)
      return record !== undefined && partOf(record, system) !== undefined ? record : undefined
    },
    outside: (identity, meta) =>
      outside.get(identity) ?? create(outside, identity, { meta: meta(), seqBefore: 0, sentAt: null }),
    park,
    settled,
  }
}

export function partOf(record: MessageRecord, system: SystemId): MessagePart | undefined {
  for (const part of record.parts) if (part.system === system) return part
  return undefined
}

export function removePart(record: MessageRecord, system: SystemId): void {
  const index = record.parts.findIndex((part) => part.system === system)
  if (index >= 0) record.parts.splice(index, 1)
}
