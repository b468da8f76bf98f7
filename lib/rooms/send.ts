import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BodySource } from './content.ts'
import { type RoomContext, requireDriver, wordsOf } from './context.ts'
import type { DestinationLife } from './destination-life.ts'
import { type MessageRecord, unclaim } from './sent-table.ts'
import { UNNUMBERED } from './stream.ts'

/** One message on its way to one destination, and who wants to know what becomes of it. */
export interface Sending {
  readonly record: MessageRecord
  readonly to: DestinationLife
  readonly outgoing: OutgoingMessage
  readonly source: BodySource
  /** The receipt has come and its event is told. */
  onReceipt?(outcome: Receipt['outcome']): void
  /**
   * The driver took nothing: `broker-down` or the like. Answers whether its caller tells that itself; then there is no
   * event and the same id may be sent again.
   */
  onRefused(error: unknown): boolean
}

/** Hands a claimed message to its driver in the same tick, and turns the receipt into exactly one event. */
export function send(ctx: RoomContext, sending: Sending): void {
  const { record, to, outgoing } = sending
  record.pending += 1
  try {
    const receipt = requireDriver(ctx.slots, to.now.system).publish(to.spec.address, outgoing)
    // One promise for each message and no more: a load makes tens of thousands a second.
    void receipt.then(
      (told) => settle(ctx, sending, told),
      (error: unknown) => tellRefusal(ctx, sending, error),
    )
  } catch (error) {
    tellRefusal(ctx, sending, error)
  }
}

function settle(ctx: RoomContext, sending: Sending, receipt: Receipt): void {
  try {
    ctx.stream.emitLife(sending.record, eventOf(ctx, sending, receipt), sending.source)
  } catch (error) {
    ctx.log.error({ err: error }, 'a listener failed at a receipt')
  }
  ctx.messages.settled(sending.record)
  sending.onReceipt?.(receipt.outcome)
}

function tellRefusal(ctx: RoomContext, sending: Sending, error: unknown): void {
  if (!sending.onRefused(error)) {
    settle(ctx, sending, { outcome: 'refused', evidence: 'client', at: now(), reason: wordsOf(error) })
    return
  }
  unclaim(sending.record, sending.to.now.system)
  ctx.messages.settled(sending.record)
}

function eventOf({ stream: { epoch, room } }: RoomContext, sending: Sending, receipt: Receipt): LifeEvent {
  const { record, to, outgoing } = sending
  const { at, evidence } = receipt
  const { system, name: destination } = to.now
  const messageId = record.id
  const receiptMs = Math.max(0, at - outgoing.sentAt)
  if (receipt.outcome === 'published') {
    // Written out: this one is made tens of thousands of times a second.
    const { address, heardBy, transaction } = receipt
    const seq = UNNUMBERED
    const kind = 'published'
    const event: EventOf<'published'> = {
      kind,
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
  const head = { epoch, seq: UNNUMBERED, at, room, evidence, system, destination, messageId }
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
