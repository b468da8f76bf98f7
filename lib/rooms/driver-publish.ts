import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { requireDriver } from './lookup.ts'
import type { BodySource } from './message-content.ts'
import { type MessageRecord, unclaim } from './message-table.ts'
import { type RoomContext, reasonText } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'
import { UNNUMBERED } from './room-stream.ts'

/** One message to be sent to one destination, with callbacks for what becomes of it. */
export interface DriverPublish {
  readonly record: MessageRecord
  readonly to: RoomDestination
  readonly outgoing: OutgoingMessage
  readonly source: BodySource
  /** The receipt has come and its event has been emitted. */
  onReceipt?(outcome: Receipt['outcome']): void
  /**
   * The driver threw before it wrote anything (`broker-down`). Returns true when the caller passes the error on itself:
   * then no event is emitted, and the same id may be sent again.
   */
  onRefused(error: unknown): boolean
}

/** Hands a claimed message to its driver in the same tick, and turns the receipt into exactly one event. */
export function publishToDriver(ctx: RoomContext, publish: DriverPublish): void {
  const { record, to, outgoing } = publish
  record.pending += 1
  try {
    const receipt = requireDriver(ctx.slots, to.now.system).publish(to.spec.address, outgoing)
    // One promise for each message and no more: a load sends tens of thousands a second.
    void receipt.then(
      (received) => settle(ctx, publish, received),
      (error: unknown) => refuse(ctx, publish, error),
    )
  } catch (error) {
    refuse(ctx, publish, error)
  }
}

function settle(ctx: RoomContext, publish: DriverPublish, receipt: Receipt): void {
  try {
    ctx.stream.emitLife(publish.record, eventOf(ctx, publish, receipt), publish.source)
  } catch (error) {
    ctx.log.error({ err: error }, 'a listener failed at a receipt')
  }
  ctx.messages.settled(publish.record)
  publish.onReceipt?.(receipt.outcome)
}

function refuse(ctx: RoomContext, publish: DriverPublish, error: unknown): void {
  if (!publish.onRefused(error)) {
    settle(ctx, publish, { outcome: 'refused', evidence: 'client', at: now(), reason: reasonText(error) })
    return
  }
  unclaim(publish.record, publish.to.now.system)
  ctx.messages.settled(publish.record)
}

function eventOf({ stream }: RoomContext, publish: DriverPublish, receipt: Receipt): LifeEvent {
  const { epoch, room } = stream
  const { at, evidence } = receipt
  const { system, name: destination } = publish.to.now
  const messageId = publish.record.id
  const receiptMs = Math.max(0, at - publish.outgoing.sentAt)
  const seq = UNNUMBERED
  if (receipt.outcome === 'published') {
    const { address, heardBy, transaction } = receipt
    // Written out in full: tens of thousands of these are made each second.
    const event: EventOf<'published'> = {
      kind: 'published',
      epoch,
      seq,
      at,
      room,
      evidence,
      system,
      destination,
      messageId,
      receiptMs,
      address,
    }
    if (heardBy !== undefined) event.heardBy = heardBy
    if (transaction !== undefined) event.transaction = transaction
    return event
  }
  const head = { epoch, seq, at, room, evidence, system, destination, messageId }
  switch (receipt.outcome) {
    case 'unheard':
      return { kind: 'unheard', ...head, receiptMs }
    case 'returned':
      return { kind: 'returned', ...head, reason: receipt.reason, replyCode: receipt.replyCode }
    case 'refused':
    case 'uncertain':
      return { kind: receipt.outcome, ...head, reason: receipt.reason }
    default:
      return unreachable(receipt)
  }
}
