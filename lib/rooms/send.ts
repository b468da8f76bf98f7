import type { OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { now } from '#lib/util/clock.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { BodySource } from './content.ts'
import { type RoomContext, requireDriver, wordsOf } from './context.ts'
import type { DestinationLife } from './destination-life.ts'
import { type MessageRecord, unclaim } from './sent-table.ts'

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
    requireDriver(ctx.slots, to.now.system)
      .publish(to.spec.address, outgoing)
      .then(
        (receipt) => tellReceipt(ctx, sending, receipt),
        (error: unknown) => tellRefusal(ctx, sending, error),
      )
      .catch((error: unknown) => ctx.log.error({ err: error }, 'a receipt could not be told'))
  } catch (error) {
    tellRefusal(ctx, sending, error)
  }
}

function tellRefusal(ctx: RoomContext, sending: Sending, error: unknown): void {
  const { record, to, source } = sending
  const { system, name } = to.now
  if (sending.onRefused(error)) {
    unclaim(record, system)
    ctx.messages.settled(record)
    return
  }
  const reason = wordsOf(error)
  const where = { system, destination: name }
  ctx.stream.emitLife(record, { kind: 'refused', at: now(), evidence: 'client', ...where, reason }, source)
  ctx.messages.settled(record)
}

function tellReceipt(ctx: RoomContext, sending: Sending, receipt: Receipt): void {
  const { record, to, source, outgoing } = sending
  const { at, evidence } = receipt
  const common = { at, evidence, system: to.now.system, destination: to.now.name }
  const receiptMs = Math.max(0, at - outgoing.sentAt)
  const { emitLife } = ctx.stream
  switch (receipt.outcome) {
    case 'published': {
      const { address, heardBy } = receipt
      emitLife(record, { kind: 'published', ...common, receiptMs, address, heardBy }, source)
      break
    }
    case 'unheard':
      emitLife(record, { kind: 'unheard', ...common, receiptMs }, source)
      break
    case 'returned':
      emitLife(
        record,
        { kind: 'returned', ...common, reason: receipt.reason, replyCode: receipt.replyCode },
        source,
      )
      break
    case 'refused':
    case 'uncertain':
      emitLife(record, { kind: receipt.outcome, ...common, reason: receipt.reason }, source)
      break
    default:
      unreachable(receipt)
  }
  ctx.messages.settled(record)
  sending.onReceipt?.(receipt.outcome)
}
