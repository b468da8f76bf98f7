import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS, SENT_TABLE_MAX } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { createBoundedMap } from './bounded-map.ts'
import type { HeldMessage } from './history.ts'

/** The short facts beside a message's body. One object may serve many messages (a load's). Headers can be long: they go with the body. */
export interface MessageMeta {
  readonly sender?: string
  readonly senderColour?: number
  readonly key?: string
  readonly load?: string
  readonly outside?: true
}

/** One system's part of a message of ours, handed to its driver at `sentAt`. A short chain: one link for each system. */
export interface MessagePart {
  readonly system: SystemId
  readonly sentAt: number
  readonly next: MessagePart | null
}

/** One message of the room, as long as the room can recognise it. Its content is here only while history holds an
 * event of it, or one may still come without a body at hand. */
export interface MessageRecord extends HeldMessage {
  readonly id: string
  readonly number: number
  readonly meta: MessageMeta
  /** The room's last event before the message was accepted. */
  readonly seqBefore: number
  /** When the room accepted it; null for messages from outside. */
  readonly sentAt: number | null
  parts: MessagePart | null
  /** Receipts awaited and arrivals not settled: events that may come without a body at hand. */
  pending: number
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
  /** The same for an id that was made a moment ago: nothing to look for. */
  acceptNew(id: string, meta: MessageMeta, seqBefore: number, sentAt: number): MessageRecord
  /** A message of ours that was really sent to this system; a claim alone proves nothing. */
  ours(id: string, system: SystemId): MessageRecord | undefined
  /** The record of a message somebody else wrote; `meta` is asked for when it is new. */
  outside(identity: string, meta: () => MessageMeta): MessageRecord
  /** History has let go of a message's last event: its content stays only where an event may still need it. */
  forgotten(record: MessageRecord): void
  /** Content that was kept is in history again. */
  recalled(record: MessageRecord): void
  /** Something pending has come. Content that was kept for it goes when it was the last. */
  settled(record: MessageRecord): void
}

/** Outside messages that can still come again at another consumer: as many as history has events. */
const OUTSIDE_TABLE_MAX = HISTORY_MAX_EVENTS

export function createSentTable(
  limits: { sent?: number; outside?: number; keptBytes?: number } = {},
): SentTable {
  const sent = createBoundedMap<MessageRecord>(limits.sent ?? SENT_TABLE_MAX)
  const outside = createBoundedMap<MessageRecord>(limits.outside ?? OUTSIDE_TABLE_MAX)
  const keptMax = limits.keptBytes ?? HISTORY_MAX_BYTES
  let number = 0
  let keptBytes = 0

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
      parts: null,
      pending: 0,
      firstHeld: 0,
      lastHeld: 0,
      content: null,
      contentBytes: 0,
    }
    table.add(id, record)
    return record
  }

  function forgotten(record: MessageRecord): void {
    if (record.pending > 0 && keptBytes + record.contentBytes <= keptMax) keptBytes += record.contentBytes
    else record.content = null
  }

  function settled(record: MessageRecord): void {
    record.pending -= 1
    if (record.pending > 0 || record.firstHeld > 0 || record.content === null) return
    keptBytes -= record.contentBytes
    record.content = null
  }

  return {
    get number() {
      return number
    },
    accept: (id, meta, seqBefore, sentAt) => sent.get(id) ?? create(sent, id, { meta, seqBefore, sentAt }),
    acceptNew: (id, meta, seqBefore, sentAt) => create(sent, id, { meta, seqBefore, sentAt }),
    ours: (id, system) => {
      const record = sent.get(id)
      return record !== undefined && partOf(record, system) !== undefined ? record : undefined
    },
    outside: (identity, meta) =>
      outside.get(identity) ?? create(outside, identity, { meta: meta(), seqBefore: 0, sentAt: null }),
    forgotten,
    recalled: (record) => {
      keptBytes -= record.contentBytes
    },
    settled,
  }
}

export function partOf(record: MessageRecord, system: SystemId): MessagePart | undefined {
  for (let part = record.parts; part !== null; part = part.next) if (part.system === system) return part
  return undefined
}

/** Enters the message for a system. Its arrival may come before its receipt, so this comes before the sending. */
export function claim(record: MessageRecord, system: SystemId, sentAt: number): void {
  record.parts = { system, sentAt, next: record.parts }
}

/** The system took nothing: the same id may be sent to it again. */
export function unclaim(record: MessageRecord, system: SystemId): void {
  record.parts = without(record.parts, system)
}

function without(part: MessagePart | null, system: SystemId): MessagePart | null {
  if (part === null) return null
  return part.system === system ? part.next : { ...part, next: without(part.next, system) }
}
