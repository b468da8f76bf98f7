import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { HISTORY_MAX_BYTES, HISTORY_MAX_EVENTS, SENT_TABLE_MAX } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { type BoundedMap, createBoundedMap } from '#lib/util/bounded-map.ts'
import { digestOf } from '#lib/util/digest.ts'
import type { HeldMessage } from './history.ts'
import type { Allowance, Bounded, SharedBound } from './shared-bound.ts'

/**
 * The short facts beside a message's body. One object may serve many messages, those of a load. Headers can be long:
 * they go with the body.
 */
export interface MessageMeta {
  readonly sender?: string
  readonly senderColour?: number
  readonly key?: string
  readonly keyBytes?: string
  readonly omittedKeyBytes?: number
  readonly load?: string
  readonly outside?: true
  /** An outside message that bears the id of this message of ours, by its number, and is another one. */
  readonly bearsIdOf?: number
}

/** One system's part of a message of ours, handed to its driver at `sentAt`. A linked list with one part for each system. */
export interface MessagePart {
  readonly system: SystemId
  /** The room's name for where it went. */
  readonly destination: string
  readonly sentAt: number
  /** An arrival has shown what rode beside the body on this system. */
  isShown: boolean
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
  /** The digest of its body; of an outside message, less the time at which it was written, if that is known. */
  readonly bodyDigest: number
  /** The digest of what its sender gave beside the text: sender, key, headers, settings. 0 where it is never compared. */
  readonly metadataDigest: number
  parts: MessagePart | null
  /** Receipts awaited and deliveries not settled: events that may come without a body. */
  pending: number
}

/**
 * The room's messages: ours by the id and the body that were sent, and outside ones by the identity that their driver
 * gives. Both are bounded: the oldest are forgotten, and a forgotten message counts as an outside one when it comes again.
 */
export interface MessageTable extends Bounded {
  /** The last message's number. */
  readonly number: number
  /**
   * The record of an id that a caller chose, created when it is new. Null when the id stands for a message with other
   * content of which a system took at least a part.
   */
  acceptUnder(id: string, accepted: AcceptedMessage, metadataDigest: number): MessageRecord | null
  /** The same for an id that was created just now, without looking for it. */
  acceptNew(id: string, accepted: AcceptedMessage, metadataDigest?: number): MessageRecord
  /** The message that was accepted under this id, whether or not a delivery that bears it is one of its own. */
  byOwnId(id: string): MessageRecord | undefined
  /**
   * A message of ours that was sent to this system with this body: that a delivery bears one of our ids proves nothing.
   * Without a body the id decides.
   */
  ours(id: string, system: SystemId, body: Uint8Array | undefined): MessageRecord | undefined
  /**
   * The record of a message that a program outside wrote; `meta` is called when it is new. Another body under a known
   * identity, or the same that was written at another time, is another message: a destination that was deleted and made again
   * counts its positions from the start. Without a body the identity decides.
   */
  outside(
    identity: string,
    body: Uint8Array | undefined,
    meta: () => MessageMeta,
    writtenAt?: number,
  ): MessageRecord
  /** The record of an outside message, where this one was delivered here before. */
  seen(identity: string, body: Uint8Array, writtenAt?: number): MessageRecord | undefined
  /** History has dropped the message's last event: its content stays only if an event may still need it. */
  forgotten(record: MessageRecord): void
  /** Content that was kept after history dropped it is in history again. */
  recalled(record: MessageRecord): void
  /** An event that the record was waiting for has come. After the last one the content that was kept for them is dropped. */
  settled(record: MessageRecord): void
  /** Gives back what it shares with other tables. */
  close(): void
}

/** Outside messages that can still be recognised at another consumer: as many as history has events. */
const OUTSIDE_TABLE_MAX = HISTORY_MAX_EVENTS

/** The bytes of content that history has dropped and that an event may still need; within a bound of its own and a shared one. */
class PendingContent {
  private readonly max: number
  private readonly shared: Allowance | undefined
  private bytes = 0
  private isClosed = false

  constructor(max: number, shared: Allowance | undefined) {
    this.max = max
    this.shared = shared
  }

  /** False when that many bytes do not fit. */
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

/** How much of a table that has to shrink may be outside messages: ours cannot be recognised again once they are forgotten. */
const OUTSIDE_SHARE = 1 / 4

export function createMessageTable(
  limits: {
    sent?: number
    outside?: number
    pendingBytes?: number
    /** Shared with other rooms' tables. */
    together?: SharedBound
    pendingContent?: Allowance
  } = {},
): MessageTable {
  const sent = createBoundedMap<MessageRecord>(limits.sent ?? SENT_TABLE_MAX)
  const outside = createBoundedMap<MessageRecord>(limits.outside ?? OUTSIDE_TABLE_MAX)
  const pending = new PendingContent(limits.pendingBytes ?? HISTORY_MAX_BYTES, limits.pendingContent)
  let number = 0

  const add = (
    table: BoundedMap<MessageRecord>,
    key: string,
    origin: MessageOrigin,
    id = key,
  ): MessageRecord => {
    number += 1
    const record = newRecord(id, number, origin)
    table.add(key, record)
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
    acceptUnder: (id, accepted, metadataDigest) => {
      const known = sent.get(id)
      const bodyDigest = digestOf(accepted.body)
      if (known?.bodyDigest === bodyDigest && known.metadataDigest === metadataDigest) return known
      if (known !== undefined && wasTaken(known)) return null
      const { meta, seqBefore, sentAt } = accepted
      return add(sent, id, { meta, seqBefore, sentAt, bodyDigest, metadataDigest: metadataDigest })
    },
    acceptNew: (id, { meta, body, seqBefore, sentAt }, metadataDigest = 0) =>
      add(sent, id, { meta, seqBefore, sentAt, bodyDigest: digestOf(body), metadataDigest: metadataDigest }),
    byOwnId: (id) => sent.get(id),
    ours: (id, system, body) => {
      const record = sent.get(id)
      if (record === undefined || partOf(record, system) === undefined) return undefined
      return body === undefined || digestOf(body) === record.bodyDigest ? record : undefined
    },
    seen: (identity, body, writtenAt) => {
      const known = outside.get(identity)
      return known?.bodyDigest === outsideDigest(body, writtenAt) ? known : undefined
    },
    outside: (identity, body, meta, writtenAt) => {
      const known = outside.get(identity)
      const bodyDigest = body === undefined ? 0 : outsideDigest(body, writtenAt)
      if (known !== undefined && (body === undefined || known.bodyDigest === bodyDigest)) return known
      const id = known === undefined ? identity : `${identity}#${number + 1}`
      return add(outside, identity, { ...OUTSIDE, meta: meta(), bodyDigest }, id)
    },
    forgotten: (record) => {
      if (record.pending <= 0 || !pending.keep(record.contentBytes)) record.content = null
    },
    recalled: (record) => pending.release(record.contentBytes),
    settled: (record) => {
      record.pending -= 1
      if (record.pending > 0 || record.firstHeld > 0 || record.content === null) return
      pending.release(record.contentBytes)
      record.content = null
    },
    close: () => pending.close(),
  }
}

/**
 * The digest of an outside body, combined with the time of writing, so that the same text written at another time is another
 * message. A digest and a time are integers whose difference a double holds exactly.
 */
const outsideDigest = (body: Uint8Array, writtenAt = 0): number => digestOf(body) - Math.abs(writtenAt)

/** A message as the room accepts it from a sender. */
export interface AcceptedMessage {
  readonly meta: MessageMeta
  readonly body: Uint8Array
  readonly seqBefore: number
  readonly sentAt: number
}

type MessageOrigin = Pick<MessageRecord, 'meta' | 'seqBefore' | 'sentAt' | 'bodyDigest' | 'metadataDigest'>

const OUTSIDE = { seqBefore: 0, sentAt: null, metadataDigest: 0 } as const

/** Some system has or had it, so that its id may not be used for other content. */
const wasTaken = ({ parts, firstHeld, pending }: MessageRecord): boolean =>
  parts !== null || firstHeld > 0 || pending > 0

function newRecord(id: string, number: number, origin: MessageOrigin): MessageRecord {
  const { meta, seqBefore, sentAt, bodyDigest, metadataDigest } = origin
  return {
    id,
    number,
    meta,
    seqBefore,
    sentAt,
    bodyDigest,
    metadataDigest: metadataDigest,
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
export function claim(record: MessageRecord, part: Omit<MessagePart, 'isShown' | 'next'>): void {
  const { system, destination, sentAt } = part
  record.parts = { system, destination, sentAt, isShown: false, next: record.parts }
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
