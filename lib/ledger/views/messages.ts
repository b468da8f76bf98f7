import type { SystemId } from '#lib/protocol/names.ts'
import type { Arrival, Life, Message } from '../model/records.ts'
import type { DeliveryView, LifeView, MessageView, ReceiptView } from '../model/views.ts'
import { arrivalsOf } from '../store/messages.ts'
import type { LedgerState } from '../store/state.ts'

const PENDING: ReceiptView = { state: 'pending' }
const OUTSIDE: ReceiptView = { state: 'outside' }

/** What became of the publish. */
export function receiptOf({ receipt, message }: Life): ReceiptView {
  if (receipt === null) return message.content.outside ? OUTSIDE : PENDING
  switch (receipt.kind) {
    case 'published':
      return {
        state: 'published',
        receiptMs: receipt.receiptMs,
        heardBy: receipt.heardBy ?? null,
        address: receipt.address ?? null,
        transaction: receipt.transaction ?? null,
      }
    case 'unheard':
      return { state: 'unheard', receiptMs: receipt.receiptMs }
    default:
      return { state: receipt.kind, reason: receipt.reason }
  }
}

function movedOf({ movedAt, movedBy, reason }: Arrival): DeliveryView['moved'] {
  if (movedAt === null || movedBy === null) return null
  return { at: movedAt, evidence: movedBy, ...(reason === null ? {} : { reason }) }
}

export function deliveryView(arrival: Arrival): DeliveryView {
  const { event } = arrival
  arrival.view ??= {
    messageId: arrival.life.message.id,
    consumer: arrival.pane.consumer.name,
    group: arrival.group,
    delivery: event.delivery,
    state: arrival.state,
    attempt: event.attempt,
    redelivered: event.redelivered,
    latencyMs: event.latencyMs,
    address: event.address,
    at: event.at,
    evidence: event.evidence,
    ordinal: arrival.ordinal,
    moved: movedOf(arrival),
  }
  return arrival.view
}

function lifeView(life: Life): LifeView {
  life.view ??= {
    system: life.destination.system,
    destination: life.destination.name,
    receipt: receiptOf(life),
    receiptSource: life.receipt && { at: life.receipt.at, evidence: life.receipt.evidence },
    deliveries: arrivalsOf(life).map(deliveryView),
    earlier: life.earlier,
    carried: life.carried,
    ended: life.ended,
  }
  return life.view
}

/** A message with all its lives; the same object as long as nothing of it changed. */
export function messageView(message: Message): MessageView {
  if (message.view) return message.view
  const lives = new Map<SystemId, LifeView>()
  for (let life = message.firstLife; life; life = life.sibling) {
    const { system } = life.destination
    // Where it was dead-lettered to another destination of the system, the life that was published is shown.
    const shown = lives.get(system)
    if (!shown || (shown.receipt.state === 'pending' && life.receipt !== null)) {
      lives.set(system, lifeView(life))
    }
  }
  message.view = { ...message.content, lives }
  return message.view
}

/**
 * The newest messages, newest first: by their number in the room, and one without a number where it was learned of. The
 * order of learning is nearly that of numbers, so only the last few are looked at and sorted.
 */
export function newestIds(state: LedgerState, limit: number): readonly string[] {
  const held = state.age.slice(Math.max(state.oldest, state.age.length - limit))
  return held
    .sort(byNumber)
    .reverse()
    .map(({ id }) => id)
}

function byNumber(a: Message, b: Message): number {
  const first = a.content.number
  const second = b.content.number
  return first === null || second === null ? 0 : first - second
}
