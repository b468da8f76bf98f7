import { CONSUMER_REASONS } from '#lib/protocol/consumer-reasons.ts'
import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'
import { formatLatency, formatNumber } from '../ui/format.ts'
import { madeWords } from './faults.ts'
import { removedHappening } from './states.ts'

/** One event of the Timeline in words: what happened, to which message, and what the broker said. */

const addressWords = (event: EventOf<'published' | 'delivered'>): string => {
  const { address } = event
  if (address?.kind === 'offset') return ` at p${address.partition}@${address.offset}`
  return address?.kind === 'entry' ? ` at ${address.id}` : ''
}

function publishedWords(event: EventOf<'published'>, label: string, message: string): string {
  const heard = event.heardBy === undefined ? '' : `, heard by ${event.heardBy}`
  return `${label} took ${message}${addressWords(event)}${heard}: receipt after ${formatLatency(event.receiptMs)}`
}

function deliveredWords(event: EventOf<'delivered'>, message: string): string {
  const after = event.latencyMs === null ? '' : `, ${formatLatency(event.latencyMs)} after it was sent`
  const again = event.attempt === null || event.attempt < 2 ? '' : `, attempt ${event.attempt}`
  const verb = event.redelivered ? 'got again' : 'got'
  return `${event.consumer} ${verb} ${message}${addressWords(event)}${after}${again}`
}

function assignmentWords(event: EventOf<'assignment'>): string {
  const cause = event.cause ? `: ${event.cause.consumer ?? 'a member'}, ${event.cause.what}` : ''
  if (event.phase === 'rebalancing') return `Group ${event.group} is rebalancing${cause}`
  const took = event.durationMs === undefined ? '' : ` in ${formatLatency(event.durationMs)}`
  const generation = event.generation === null ? '' : `, generation ${event.generation}`
  const members = event.members.map(
    ({ consumer, partitions }) => `${consumer} ${partitions.map((one) => `p${one}`).join(' ') || 'none'}`,
  )
  return `Group ${event.group} shared out its partitions${took}${generation}${cause}. ${members.join(', ')}`
}

const reasonWords = (reason: string | undefined): string => (reason ? `: ${reason}` : '')

/** The words of the room's own reasons, which are codes; all other reasons are text. */
const ROOM_REASON: Readonly<Record<string, string>> = {
  [CONSUMER_REASONS.asleep]: 'nobody watches the room',
  [CONSUMER_REASONS.brokerDown]: 'it waits for its broker',
}

function consumerWords(event: EventOf<'consumer'>): string {
  const { state, reason, removed } = event.now
  if (removed) return `${event.consumer} was removed`
  const verb = {
    attached: 'is attached',
    attaching: 'is joining',
    detached: 'is away',
    paused: 'is paused',
    crashed: 'crashed',
  }
  return `${event.consumer} ${verb[state]}${reasonWords(reason && (ROOM_REASON[reason] ?? reason))}`
}

/** `label`: the system's name; `number`: the message's, where it is known. */
export function timelineWords(event: RoomEvent, label: string, number: number | null): string {
  const message = number === null ? 'a message' : formatNumber(number)
  return event.kind === 'published'
    ? publishedWords(event, label, message)
    : otherWords(event, label, message)
}

function otherWords(event: RoomEvent, label: string, message: string): string {
  switch (event.kind) {
    case 'delivered':
      return deliveredWords(event, message)
    case 'acknowledged':
      return `${event.consumer} acknowledged ${message}`
    case 'requeued':
      return `${event.consumer} gave ${message} back${reasonWords(event.reason)}`
    case 'rejected':
      return `${event.consumer} rejected ${message}${reasonWords(event.reason)}`
    case 'committed':
      return `Group ${event.group} committed p${event.partition} up to ${event.upTo}`
    case 'unheard':
      return `Nobody heard ${message}; ${label} kept no copy`
    case 'refused':
    case 'returned':
    case 'uncertain':
      return `${message} was ${event.kind}: ${event.reason}`
    case 'expired':
    case 'trimmed':
      return `${message} ${event.kind === 'expired' ? 'expired' : 'was trimmed away'}: ${event.reason}`
    case 'dead-lettered':
      return `${message} was dead-lettered to ${event.to}: ${event.reason}`
    case 'assignment':
      return assignmentWords(event)
    case 'consumer':
      return consumerWords(event)
    case 'gap':
      return removedHappening(event) ?? `Not known: ${event.reason}`
    case 'fault':
      return event.made ? madeWords(event.made, event.consumer ?? event.destination ?? label) : event.text
    default:
      return event.kind
  }
}
