import type { SystemId } from '#lib/protocol/names.ts'
import type { DestinationRecord, Life, Message } from '../model/records.ts'
import type { GhostView, TraceView, WentTo } from '../model/trace-views.ts'
import type { DeliveryView } from '../model/views.ts'
import { findDestination, panesInOrder } from '../store/destinations.ts'
import type { LedgerState } from '../store/state.ts'
import { ghostOf } from './ghosts.ts'
import { keptOf } from './kept.ts'
import { deliveryView, receiptOf } from './messages.ts'
import { type Recipient, recipientsOf } from './recipients.ts'
import { verdictOf } from './verdict.ts'

const NOTHING: TraceView = {
  verdict: { kind: 'none' },
  receipt: null,
  cords: new Map(),
  ghosts: new Map(),
  kept: null,
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
  // By the destination itself, not by its name: one made again under the name of another is not where it was sent.
  const life = livesOf(message).find((one) => one.destination === destination)
  if (!life) {
    const isComing = isOnItsWay(message, destination)
    const absent: GhostView = { why: isComing ? 'waiting' : 'not-sent-here' }
    const ghosts = new Map(panesInOrder(destination).map((pane) => [pane.consumer.name, absent]))
    return {
      verdict: isComing
        ? { kind: 'waiting', number: message.content.number }
        : { kind: 'not-sent', to: wentTo(message, destination) },
      receipt: isComing ? { state: 'pending' } : null,
      cords: new Map(),
      ghosts,
      kept: null,
    }
  }
  const recipients = recipientsOf(destination, life)
  const cords = new Map<string, DeliveryView>()
  const ghosts = new Map<Recipient, GhostView>()
  for (const recipient of recipients.all) {
    if (recipient.has) cords.set(recipient.pane.consumer.name, deliveryView(recipient.has))
    else ghosts.set(recipient, ghostOf(destination, life, recipients, recipient))
  }
  return {
    verdict: verdictOf(destination, life, recipients, ghosts),
    receipt: receiptOf(life),
    cords,
    ghosts: new Map(Array.from(ghosts, ([{ pane }, ghost]) => [pane.consumer.name, ghost])),
    kept: keptOf(destination, life, recipients),
  }
}

function livesOf(message: Message): Life[] {
  const lives: Life[] = []
  for (let life = message.firstLife; life; life = life.sibling) lives.push(life)
  return lives
}

/** It was sent here too, and nothing of it has been reported yet. */
const isOnItsWay = (message: Message, { system, name }: DestinationRecord): boolean =>
  (message.content.sentTo ?? []).some((place) => place.system === system && place.destination === name) &&
  wentTo(message, { system }).length === 0

/** The other destinations of the same system that the message went to, whichever the lane shows now. */
const wentTo = (message: Message, { system }: Pick<DestinationRecord, 'system'>): WentTo[] =>
  livesOf(message)
    .filter((life) => life.destination.system === system)
    .map(({ destination: { name, declared } }) => ({ destination: name, mode: declared?.mode ?? null }))
