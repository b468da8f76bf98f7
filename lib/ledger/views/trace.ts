import type { SystemId } from '#lib/protocol/names.ts'
import type { DestinationRecord, Message } from '../model/records.ts'
import type { GhostView, TraceView } from '../model/trace-views.ts'
import type { DeliveryView } from '../model/views.ts'
import { findDestination, panesInOrder } from '../store/destinations.ts'
import { findLife } from '../store/messages.ts'
import type { LedgerState } from '../store/state.ts'
import { ghostOf } from './ghosts.ts'
import { deliveryView, receiptOf } from './messages.ts'
import { recipientsOf } from './recipients.ts'
import { verdictOf } from './verdict.ts'

const NOTHING: TraceView = {
  verdict: { kind: 'none' },
  receipt: null,
  cords: new Map(),
  ghosts: new Map(),
}

/** Who got the message on one destination. The same object as long as nothing it depends on has changed. */
export function traceView(
  state: LedgerState,
  system: SystemId,
  name: string,
  messageId: string | null,
): TraceView {
  const destination = findDestination(state, system, name)
  const message = messageId === null ? undefined : state.messages.get(messageId)
  if (!destination || !message) return NOTHING
  const { traced } = destination
  if (
    traced?.message === message &&
    traced.messageVersion === message.version &&
    traced.destinationVersion === destination.version
  ) {
    return traced.view
  }
  const view = computeTrace(destination, message)
  const { version: messageVersion } = message
  destination.traced = { message, messageVersion, destinationVersion: destination.version, view }
  return view
}

function computeTrace(destination: DestinationRecord, message: Message): TraceView {
  const life = findLife(message, destination.system, destination.name)
  if (!life) {
    const absent: GhostView = { why: 'not-sent-here' }
    const ghosts = new Map(panesInOrder(destination).map((pane) => [pane.consumer.name, absent]))
    return { verdict: { kind: 'not-sent' }, receipt: null, cords: new Map(), ghosts }
  }
  const recipients = recipientsOf(destination, life)
  const cords = new Map<string, DeliveryView>()
  const ghosts = new Map<string, GhostView>()
  for (const recipient of recipients.all) {
    const { name } = recipient.pane.consumer
    if (recipient.has) cords.set(name, deliveryView(recipient.has))
    else ghosts.set(name, ghostOf(destination, life, recipients, recipient))
  }
  return { verdict: verdictOf(destination, life, recipients), receipt: receiptOf(life), cords, ghosts }
}
