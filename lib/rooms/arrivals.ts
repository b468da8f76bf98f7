import type { ConsumerEvent, Delivery } from '#lib/brokers/contract.ts'
import type { LifeEvent } from '#lib/protocol/events.ts'
import { HEADER_VALUE_MAX_CHARS, KEY_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { clip } from './content.ts'
import type { RoomContext } from './context.ts'
import { createInHand } from './in-hand.ts'
import { type MessageMeta, type MessageRecord, partOf } from './sent-table.ts'
import { UNNUMBERED } from './stream.ts'

/** Where arrivals happen: one consumer, by its names in the room. */
export interface ArrivalPlace {
  readonly system: SystemId
  readonly destination: string
  readonly consumer: string
  readonly group?: string
  /** Whether arrivals are settled one by one. */
  readonly settles: boolean
}

export type ArrivalEvent = Exclude<ConsumerEvent, { type: 'state' }>
type Death = NonNullable<Delivery['death']>
/** What a message is recognised by. */
type Named = Pick<Delivery, 'messageId' | 'identity'> & Partial<Pick<Delivery, 'sender' | 'key'>>

/** Turns what a driver tells of one consumer into the room's numbered events. */
export interface Arrivals {
  /** `base` is added to the driver's delivery numbers, so that they are unique over all attachments. */
  take(event: ArrivalEvent, base: number): void
  /** What was in hand will not be settled by this consumer any more. */
  letGo(): void
}

export function createArrivals(ctx: RoomContext, place: ArrivalPlace): Arrivals {
  const { stream, messages, naming } = ctx
  const { epoch, room } = stream
  const { system, destination, consumer, group } = place
  const inHand = createInHand(messages)

  function delivered(event: Delivery, base: number): void {
    const record = recordOf(event)
    const delivery = base + event.delivery
    ctx.deliveries.highest = Math.max(ctx.deliveries.highest, delivery)
    const sentAt = partOf(record, system)?.sentAt
    if (event.inHand ?? place.settles) inHand.put(delivery, record)
    if (event.death !== undefined) died(record, event, event.death)
    const arrival: LifeEvent = {
      kind: 'delivered',
      epoch,
      seq: UNNUMBERED,
      at: event.at,
      room,
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
    stream.emitLife(record, arrival, event)
  }

  /** What a reader of dead letters hears of a message's end: the broker's own record of it. */
  function died(record: MessageRecord, event: Delivery, { how, reason, attempts }: Death): void {
    const { at } = event
    const head = { epoch, seq: UNNUMBERED, at, room, evidence: 'broker' as const, system, destination }
    const messageId = record.id
    const to = placeOf(event.address)
    if (how === 'expired') stream.emitLife(record, { kind: 'expired', ...head, messageId, reason }, event)
    else stream.emitLife(record, { kind: 'dead-lettered', ...head, messageId, reason, to, attempts }, event)
  }

  function deadLettered(event: Extract<ArrivalEvent, { type: 'dead-lettered' }>): void {
    const { at, evidence, reason, to, attempts } = event
    const record = recordOf(event)
    const head = { epoch, seq: UNNUMBERED, at, room, evidence, system, destination, messageId: record.id }
    stream.emitLife(record, { kind: 'dead-lettered', ...head, reason, to: naming.bare(to), attempts })
  }

  const placeOf = (address: Delivery['address']): string => {
    switch (address.kind) {
      case 'queue':
        return naming.bare(address.queue)
      case 'channel':
        return naming.bare(address.channel)
      case 'item':
        return naming.bare(address.list)
      case 'entry':
        return naming.bare(address.stream)
      case 'offset':
        return naming.bare(address.topic)
      default:
        return unreachable(address)
    }
  }

  /** Ours is what the table holds for this system; anything else is named by its identity on the broker. */
  function recordOf(event: Named): MessageRecord {
    const ours = event.messageId === null ? undefined : messages.ours(event.messageId, system)
    return ours ?? messages.outside(event.identity, () => outsideMeta(event))
  }

  function settled(
    event: Extract<ArrivalEvent, { type: 'acknowledged' | 'requeued' | 'rejected' }>,
    base: number,
  ) {
    const delivery = base + event.delivery
    const record = inHand.take(delivery)
    if (record === undefined) return
    const { type: kind, at, evidence, reason } = event
    const messageId = record.id
    const head = {
      epoch,
      seq: UNNUMBERED,
      at,
      room,
      evidence,
      system,
      destination,
      messageId,
      consumer,
      delivery,
    }
    if (kind === 'acknowledged' || reason === undefined) stream.emitLife(record, { kind, ...head })
    else stream.emitLife(record, { kind, ...head, reason })
  }

  function committed(event: Extract<ArrivalEvent, { type: 'committed' }>): void {
    const { at, evidence, partition, upTo } = event
    const what = { system, destination, consumer, group: naming.bare(event.group), partition, upTo }
    stream.emit({ kind: 'committed', at, evidence, ...what })
  }

  function away({ at, reason, awayMs }: Extract<ArrivalEvent, { type: 'gap' }>): void {
    const what = { from: null, to: null, reason, system, destination, consumer, awayMs }
    stream.emit({ kind: 'gap', at, evidence: 'client', ...what })
  }

  function take(event: ArrivalEvent, base: number): void {
    switch (event.type) {
      case 'delivered':
        delivered(event, base)
        break
      case 'acknowledged':
      case 'requeued':
      case 'rejected':
        settled(event, base)
        break
      case 'committed':
        committed(event)
        break
      case 'dead-lettered':
        deadLettered(event)
        break
      case 'gap':
        away(event)
        break
      default:
        unreachable(event)
    }
  }

  return { take, letGo: inHand.clear }
}

function outsideMeta(event: Named): MessageMeta {
  return {
    outside: true,
    ...(event.sender === undefined ? {} : { sender: clip(event.sender, HEADER_VALUE_MAX_CHARS) }),
    ...(event.key === undefined ? {} : { key: clip(event.key, KEY_MAX_BYTES) }),
  }
}
