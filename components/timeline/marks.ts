import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'

/** The marks of events: at which time and on which row each event is drawn. Pure. */

export type MarkKind =
  | 'published'
  | 'failed'
  | 'delivered'
  | 'redelivered'
  | 'acknowledged'
  | 'requeued'
  | 'rejected'
  | 'committed'
  | 'ended'
  | 'crashed'
  | 'state'
  | 'assignment'
  | 'gap'
  | 'fault'

export interface Mark {
  /** Milliseconds since the epoch. */
  at: number
  /** The start of its line, such as when the message was sent; null without a line. */
  from: number | null
  /** The key of its row. */
  row: string
  kind: MarkKind
  messageId: string | null
  event: RoomEvent
}

/** The keys of a broker's own row and of a consumer's row. */
export const laneRow = (system: string, destination: string): string => `${system}/${destination}`
export const consumerRow = (system: string, destination: string, consumer: string): string =>
  `${system}/${destination}/${consumer}`
/** The first of a broker's rows, whichever that is. */
export const brokerRow = (system: string): string => laneRow(system, '')

type Settled = EventOf<'acknowledged' | 'requeued' | 'rejected'>

const mark = (event: RoomEvent, row: string, kind: MarkKind, from: number | null = null): Mark => ({
  at: event.at,
  from,
  row,
  kind,
  messageId: 'messageId' in event ? event.messageId : null,
  event,
})

const deliveredMark = (event: EventOf<'delivered'>): Mark =>
  mark(
    event,
    consumerRow(event.system, event.destination, event.consumer),
    event.redelivered ? 'redelivered' : 'delivered',
    event.latencyMs === null ? null : event.at - event.latencyMs,
  )

const settledMark = (event: Settled): Mark =>
  mark(event, consumerRow(event.system, event.destination, event.consumer), event.kind)

function committedMark(event: EventOf<'committed'>): Mark {
  const { system, destination, consumer } = event
  const row =
    consumer === undefined ? laneRow(system, destination) : consumerRow(system, destination, consumer)
  return mark(event, row, 'committed')
}

function gapMark(event: EventOf<'gap'>): Mark {
  const { system, destination, consumer } = event
  if (system === undefined || destination === undefined) return mark(event, '', 'gap')
  const row =
    consumer === undefined ? laneRow(system, destination) : consumerRow(system, destination, consumer)
  return mark(event, row, 'gap', event.awayMs === undefined ? null : event.at - event.awayMs)
}

function consumerMark(event: EventOf<'consumer'>): Mark {
  const row = consumerRow(event.system, event.destination, event.consumer)
  return mark(event, row, event.now.state === 'crashed' ? 'crashed' : 'state')
}

/** A fault that somebody made, on the row of its consumer or of its destination, or on the broker's first. */
function faultMark(event: EventOf<'fault'>): Mark | null {
  const { system, destination, consumer, made } = event
  if (made === undefined || system === undefined) return null
  if (destination === undefined) return mark(event, brokerRow(system), 'fault')
  if (consumer === undefined) return mark(event, laneRow(system, destination), 'fault')
  return mark(event, consumerRow(system, destination, consumer), 'fault')
}

/** The mark of an event; null for events that have none. */
export function markOf(event: RoomEvent): Mark | null {
  switch (event.kind) {
    case 'published':
      return mark(event, laneRow(event.system, event.destination), 'published', event.at - event.receiptMs)
    case 'unheard':
      return mark(event, laneRow(event.system, event.destination), 'failed', event.at - event.receiptMs)
    case 'refused':
    case 'returned':
    case 'uncertain':
      return mark(event, laneRow(event.system, event.destination), 'failed')
    case 'delivered':
      return deliveredMark(event)
    case 'acknowledged':
    case 'requeued':
    case 'rejected':
      return settledMark(event)
    case 'expired':
    case 'dead-lettered':
    case 'trimmed':
      return mark(event, laneRow(event.system, event.destination), 'ended')
    case 'committed':
      return committedMark(event)
    case 'assignment':
      return mark(event, laneRow(event.system, event.destination), 'assignment')
    case 'consumer':
      return consumerMark(event)
    case 'gap':
      return gapMark(event)
    case 'fault':
      return faultMark(event)
    default:
      return null
  }
}
