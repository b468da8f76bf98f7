import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS, SENT_TABLE_MAX } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { type BoundedMap, createBoundedMap } from '#lib/util/bounded-map.ts'
import type { HeldMessage } from './history.ts'
import type { Allowance, Bounded, SharedBound } from './shared-bound.ts'

/** The short facts beside a message's body. One object may serve many messages, those of a load. Headers can be long: they go with the body. */
export interface MessageMeta {
  readonly sender?: string
  readonly senderColour?: number
  readonly key?: string
  readonly load?: string
  readonly outside?: true
}

/** One system's part of a message of ours, handed to its driver at `sentAt`. A linked list with one part for each system. */
export interface MessagePart {
  readonly system: SystemId
  readonly sentAt: number
  readonly next: MessagePart | null
}

/**
 * One message of the room, as long as the room can recognise it. It keeps its content only while history holds an event of
 * the message, or while an event may still come without a body.
 */
export interface MessageRecord extends HeldMessage {
  readonly id: string
  readonly number: number
  readonly meta: MessageMeta
  /** The room's last event before the message was accepted. */
  readonly seqBefore: number
  /** When the room accepted it; null for messages from outside. */
  readonly sentAt: number | null
  parts: MessagePart | null
  /** Receipts awaited and deliveries not settled: events that may come without a body. */
  pending: number
}

/**
 * The room's messages by id: ours as sent, and outside ones by the identity that their driver gives. Both are bounded: the
 * oldest are forgotten, and a forgotten message counts as an outside one when it comes again.
 */
export interface SentTable extends Bounded {
  /** The last message's number. */
  readonly number: number
  /** The record of an id of ours, created when it is new. */
  accept(id: string, meta: MessageMeta, seqBefore: number, sentAt: number): MessageRecord
  /** The same for an id that was created just now, without looking for it. */
  acceptNew(id: string, meta: MessageMeta, seqBefore: number, sentAt: number): MessageRecord
  /** A message of ours that was really sent to this system. That a delivery carries one of our ids proves nothing. */
  ours(id: string, system: SystemId): MessageRecord | undefined
  /** The record of a message that a program outside wrote; `meta` is called when it is new. */
  outside(identity: string, meta: () => MessageMeta): MessageRecord
  /** History has dropped the message's last event: its content stays only if an event may still need it. */
  forgotten(record: MessageRecord): void
  /** Content that was kept is in history again. */
  recalled(record: MessageRecord): void
  /** Something that was pending has come. After the last one, content that was kept for it is dropped. */
  settled(record: MessageRecord): void
  /** Gives back what it shares with other tables. */
  close(): void
}

/** Outside messages that can still be recognised at another consumer: as many as history has events. */
const OUTSIDE_TABLE_MAX = HISTORY_MAX_EVENTS

/** The bytes of content that history has dropped and that an event may still need; within a bound of its own and a shared one. */
class KeptContent {
  private readonly max: number
  private readonly shared: Allowance | undefined
  private bytes = 0
  private isClosed = false

  constructor(max: number, shared: Allowance | undefined) {
    this.max = max
    this.shared = shared
  }

  /** False when there is no room for so much. */
  keep(bytes: number): boolean {
    if (this.isClosed || this.bytes + bytes > this.max || this.shared?.take(bytes) === false) return false
    this.bytes += bytes
    return true
  }

  release(bytes: number): void {
    if (this.isClosed) return
    this.bytes -= bytes
    this.shared?.giveBack(bytes)
  }

  close(): void {
    this.release(this.bytes)
    this.isClosed = true
  }
}

/** Of a table that has to shrink, so much may be outside messages: ours cannot be recognised again once they are forgotten. */
const OUTSIDE_SHARE = 1 / 4

export function createSentTable(
  limits: {
    sent?: number
    outside?: number
    keptBytes?: number
    /** Shared with other rooms' tables. */
    together?: SharedBound
    keptContent?: Allowance
  } = {},
): SentTable {
  const sent = createBoundedMap<MessageRecord>(limits.sent ?? SENT_TABLE_MAX)
  const outside = createBoundedMap<MessageRecord>(limits.outside ?? OUTSIDE_TABLE_MAX)
  const kept = new KeptContent(limits.keptBytes ?? HISTORY_MAX_BYTES, limits.keptContent)
  let number = 0

  const add = (table: BoundedMap<MessageRecord>, id: string, origin: MessageOrigin): MessageRecord => {
    number += 1
    const record = newRecord(id, number, origin)
    table.add(id, record)
    limits.together?.grew(1)
    return record
  }

  return {
    get number() {
      return number
    },
    get size() {
      return sent.size + outside.size
    },
    shrinkTo: (size) => {
      outside.shrinkTo(Math.floor(size * OUTSIDE_SHARE))
      sent.shrinkTo(size - outside.size)
    },
    accept: (id, meta, seqBefore, sentAt) => sent.get(id) ?? add(sent, id, { meta, seqBefore, sentAt }),
    acceptNew: (id, meta, seqBefore, sentAt) => add(sent, id, { meta, seqBefore, sentAt }),
    ours: (id, system) => {
      const record = sent.get(id)
      return record !== undefined && partOf(record, system) !== undefined ? record : undefined
    },
    outside: (identity, meta) =>
      outside.get(identity) ?? add(outside, identity, { meta: meta(), seqBefore: 0, sentAt: null }),
    forgotten: (record) => {
      if (record.pending <= 0 || !kept.keep(record.contentBytes)) record.content = null
    },
    recalled: (record) => kept.release(record.contentBytes),
    settled: (record) => {
      record.pending -= 1
      if (record.pending > 0 || record.firstHeld > 0 || record.content === null) return
      kept.release(record.contentBytes)
      record.content = null
    },
    close: () => kept.close(),
  }
}

type MessageOrigin = Pick<MessageRecord, 'meta' | 'seqBefore' | 'sentAt'>

function newRecord(id: string, number: number, { meta, seqBefore, sentAt }: MessageOrigin): MessageRecord {
  return {
    id,
    number,
    meta,
    seqBefore,
    sentAt,
    parts: null,
    pending: 0,
    firstHeld: 0,
    lastHeld: 0,
    content: null,
    contentBytes: 0,
  }
}

export function partOf(record: MessageRecord, system: SystemId): MessagePart | undefined {
  for (let part = record.parts; part !== null; part = part.next) if (part.system === system) return part
  return undefined
}

/** Enters that the message is sent to a system. Done before sending, because its delivery may come before its receipt. */
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

const UUID_CHARS = 36
const uuidBuffer = Buffer.allocUnsafe(UUID_CHARS)

/**
 * A new message's id, a UUID. Node joins a UUID from twenty pieces, and V8 keeps them as a tree of 488 bytes; written out
 * anew it takes 65, which counts in a table of a hundred thousand.
 */
export function newMessageId(): string {
  uuidBuffer.write(randomUUID(), 'latin1')
  return uuidBuffer.toString('latin1')
}
