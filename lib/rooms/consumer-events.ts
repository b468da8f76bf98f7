import { Buffer } from 'node:buffer'
import type { ConsumerEvent, Delivery } from '#lib/brokers/contract.ts'
import { addressName } from '#lib/protocol/address.ts'
import type { EventOf } from '#lib/protocol/events.ts'
import { HEADER_VALUE_MAX_CHARS, KEY_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { cutCounted, cutText } from '#lib/util/cut-text.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { type MessageMeta, type MessageRecord, type MessageTable, partOf } from './message-table.ts'
import type { RoomContext } from './room-context.ts'
import { UNNUMBERED } from './room-stream.ts'
import { createUnsettledMessages, type UnsettledMessages } from './unsettled-messages.ts'

/** A consumer by its names in the room. */
export interface ConsumerPlace {
  readonly system: SystemId
  readonly destination: string
  readonly consumer: string
  readonly group?: string
}

type DriverEvent = Exclude<ConsumerEvent, { type: 'state' }>
type EventOfType<T extends DriverEvent['type']> = Extract<DriverEvent, { type: T }>
type Death = NonNullable<Delivery['death']>
/** What a message is recognised by. */
type Identified = Pick<Delivery, 'messageId' | 'identity'> &
  Partial<Pick<Delivery, 'body' | 'writtenAt' | 'sender' | 'key' | 'keyBytes'>>

/** Turns what a driver emits for one consumer into numbered events of the room. */
export class ConsumerEvents {
  private readonly ctx: RoomContext
  private readonly place: ConsumerPlace
  private readonly unacked: UnsettledMessages

  constructor(ctx: RoomContext, place: ConsumerPlace) {
    this.ctx = ctx
    this.place = place
    this.unacked = createUnsettledMessages(ctx.messages)
  }

  /** `base` is added to the driver's delivery numbers, which makes them unique over all attachments. */
  take(event: DriverEvent, base: number): void {
    switch (event.type) {
      case 'delivered':
        this.delivered(event, base)
        break
      case 'acknowledged':
      case 'requeued':
      case 'rejected':
        this.settled(event, base)
        break
      case 'committed':
        this.committed(event)
        break
      case 'dead-lettered':
        this.deadLettered(event, base)
        break
      case 'gap':
        this.missed(event)
        break
      default:
        unreachable(event)
    }
  }

  /** This consumer will not settle any more what it holds. */
  forgetUnacked(): void {
    this.unacked.clear()
  }

  private delivered(event: Delivery, base: number): void {
    const { stream, deliveries } = this.ctx
    const { system, destination, consumer, group } = this.place
    const record = this.recordOf(event)
    const delivery = base + event.delivery
    deliveries.highest = Math.max(deliveries.highest, delivery)
    const part = partOf(record, system)
    const sentAt = part?.sentAt
    if (event.inHand) this.unacked.add(delivery, record)
    if (event.death !== undefined) this.died(record, event, event.death)
    // Written out in full, because this one is made for every delivery.
    const arrival: EventOf<'delivered'> = {
      kind: 'delivered',
      epoch: stream.epoch,
      seq: UNNUMBERED,
      at: event.at,
      room: stream.room,
      evidence: 'broker',
      system,
      destination,
      messageId: record.id,
      consumer,
      delivery,
      group,
      attempt: event.attempt,
      redelivered: event.redelivered,
      latencyMs: sentAt === undefined ? null : Math.max(0, event.at - sentAt),
      address: event.address,
      inHand: event.inHand,
    }
    if (part !== undefined && record.meta.load === undefined && (!part.isShown || isFreshlyDead(event))) {
      part.isShown = true
      arrival.carried = event.metadata?.()
    }
    stream.emitLife(record, arrival, event)
  }

  /** A consumer that reads dead letters learns of a message's end from the broker's own record of it. */
  private died(record: MessageRecord, event: Delivery, { how, reason, attempts }: Death): void {
    const head = { ...this.head(event.at, record), evidence: 'broker' as const }
    const { stream, names } = this.ctx
    if (how === 'expired') stream.emitLife(record, { kind: 'expired', ...head, reason }, event)
    else {
      const to = names.bare(addressName(event.address))
      stream.emitLife(record, { kind: 'dead-lettered', ...head, reason, to, attempts }, event)
    }
  }

  private deadLettered(event: EventOfType<'dead-lettered'>, base: number): void {
    const { at, evidence, reason, to, attempts, delivery } = event
    const arrived = delivery === undefined ? undefined : this.unacked.peek(base + delivery)
    const record = arrived ?? this.recordOf(event)
    const end = { reason, to: this.ctx.names.bare(to), attempts }
    this.ctx.stream.emitLife(record, { kind: 'dead-lettered', ...this.head(at, record), evidence, ...end })
  }

  private settled(event: EventOfType<'acknowledged' | 'requeued' | 'rejected'>, base: number): void {
    const delivery = base + event.delivery
    const record = this.unacked.take(delivery)
    if (record === undefined) return
    const { type: kind, at, evidence, reason } = event
    const head = { ...this.head(at, record), evidence, consumer: this.place.consumer, delivery }
    const { stream } = this.ctx
    if (kind === 'acknowledged' || reason === undefined) stream.emitLife(record, { kind, ...head })
    else stream.emitLife(record, { kind, ...head, reason })
  }

  private committed({ at, evidence, partition, upTo, group }: EventOfType<'committed'>): void {
    const { system, destination, consumer } = this.place
    const range = { group: this.ctx.names.bare(group), partition, upTo }
    this.ctx.stream.emit({ kind: 'committed', at, evidence, system, destination, consumer, ...range })
  }

  /** What a log holds no more is the broker's word; an absence is our client's. */
  private missed({ type: kind, at, ...gap }: EventOfType<'gap'>): void {
    const { system, destination, consumer } = this.place
    const evidence = 'missed' in gap ? 'broker' : 'client'
    this.ctx.stream.emit({ kind, at, evidence, from: null, to: null, system, destination, consumer, ...gap })
  }

  private head(at: number, record: MessageRecord) {
    const { epoch, room } = this.ctx.stream
    const { system, destination } = this.place
    return { epoch, seq: UNNUMBERED, at, room, system, destination, messageId: record.id }
  }

  /**
   * A message is ours when the table says that it was sent to this system with this body; all others go by their identity on
   * the broker, whatever id they bear.
   */
  private recordOf(event: Identified): MessageRecord {
    const { messages } = this.ctx
    const { messageId, identity, body, writtenAt } = event
    const ours = messageId === null ? undefined : messages.ours(messageId, this.place.system, body)
    return ours ?? messages.outside(identity, body, () => outsideMeta(event, messages), writtenAt)
  }
}

/** Its first arrival among the dead letters, where the broker has written beside it why it is there. */
const isFreshlyDead = ({ death, redelivered }: Delivery): boolean => death !== undefined && !redelivered

export function outsideMeta(event: Identified, messages: MessageTable): MessageMeta {
  const claimed = event.messageId === null ? undefined : messages.byOwnId(event.messageId)
  return {
    outside: true,
    ...(claimed === undefined ? {} : { bearsIdOf: claimed.number }),
    ...(event.sender === undefined ? {} : { sender: cutText(event.sender, HEADER_VALUE_MAX_CHARS) }),
    ...(event.key === undefined ? {} : outsideKey(event.key, event.keyBytes)),
  }
}

function outsideKey(
  whole: string,
  bytes: Uint8Array | undefined,
): Pick<MessageMeta, 'key' | 'keyBytes' | 'omittedKeyBytes'> {
  if (bytes === undefined) {
    const { text: key, omittedBytes } = cutCounted(whole, KEY_MAX_BYTES)
    return omittedBytes === 0 ? { key } : { key, omittedKeyBytes: omittedBytes }
  }
  const kept = Buffer.from(bytes.subarray(0, KEY_MAX_BYTES))
  const omitted = bytes.length - kept.length
  return {
    key: kept.toString('utf8'),
    keyBytes: kept.toString('base64'),
    ...(omitted === 0 ? {} : { omittedKeyBytes: omitted }),
  }
}
