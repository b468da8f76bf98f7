import type { EventOf, RoomEvent } from '#lib/protocol/events.ts'

/**
 * The plainest way to know what a ledger should say: for every question, go through all events again. Written apart
 * from the ledger, without indexes, and slow; it rests on the documents of the events alone.
 */
interface CountedDelivery {
  messageId: string
  consumer: string
  delivery: number
  state: string
  ordinal: number
}

type Delivered = EventOf<'delivered'>

export function recountPane(events: readonly RoomEvent[], system: string, consumer: string) {
  const here = events.filter(
    (event): event is Delivered =>
      event.kind === 'delivered' && event.system === system && event.consumer === consumer,
  )
  const rows: CountedDelivery[] = here.map((event, index) => ({
    messageId: event.messageId,
    consumer,
    delivery: event.delivery,
    state: stateOf(events, event),
    ordinal: index + 1,
  }))
  const done = ['acknowledged', 'committed', 'requeued', 'rejected']
  return {
    rows,
    arrivals: rows.length,
    settled: rows.filter((row) => done.includes(row.state)).length,
    inHand: rows.filter((row) => row.state === 'in-hand').map((row) => row.delivery),
  }
}

function stateOf(events: readonly RoomEvent[], arrival: Delivered): string {
  const settlement = events.find(
    (event) =>
      (event.kind === 'acknowledged' || event.kind === 'requeued' || event.kind === 'rejected') &&
      event.system === arrival.system &&
      event.messageId === arrival.messageId &&
      event.consumer === arrival.consumer &&
      event.delivery === arrival.delivery,
  )
  if (settlement) return settlement.kind
  if (arrival.address.kind === 'channel') return 'received'
  const after = events.slice(events.indexOf(arrival) + 1)
  if (arrival.address.kind === 'queue') {
    const end = after.find(
      (event) =>
        (event.kind === 'consumer' &&
          event.system === arrival.system &&
          event.consumer === arrival.consumer &&
          event.now.state !== 'attached' &&
          event.now.state !== 'paused') ||
        (event.kind === 'gap' && event.system === undefined),
    )
    if (end?.kind === 'gap') return 'unknown'
    if (end?.kind === 'consumer') return end.now.state === 'detached' ? 'requeued' : 'lost'
    return 'in-hand'
  }
  return readState(events, arrival)
}

/** Covered when the newest commit at the time of reading, or any later one, reaches beyond it. */
function readState(events: readonly RoomEvent[], arrival: Delivered): string {
  if (arrival.address.kind !== 'offset') return 'received'
  const { partition, offset } = arrival.address
  const at = events.indexOf(arrival)
  const commits = events.filter(
    (event): event is EventOf<'committed'> =>
      event.kind === 'committed' && event.group === arrival.group && event.partition === partition,
  )
  const known = commits.filter((event) => events.indexOf(event) < at).at(-1)
  const later = commits.filter((event) => events.indexOf(event) > at)
  const covers = (event: EventOf<'committed'>) => Number(event.upTo) > Number(offset)
  return (known && covers(known)) || later.some(covers) ? 'committed' : 'read'
}

export function recountLane(events: readonly RoomEvent[], system: string) {
  const count = (test: (event: RoomEvent) => boolean) =>
    events.filter((event) => 'system' in event && event.system === system && test(event)).length
  return {
    published: count((event) => event.kind === 'published'),
    unheard: count((event) => event.kind === 'unheard'),
    failed: count((event) => event.kind === 'refused' || event.kind === 'returned'),
    deliveries: count((event) => event.kind === 'delivered'),
    acknowledged: count((event) => event.kind === 'acknowledged'),
    redelivered: count((event) => event.kind === 'delivered' && event.redelivered),
  }
}

/** What the message's sender learned, as far as any event says; a delivery settles nothing here. */
export function recountReceipt(events: readonly RoomEvent[], system: string, messageId: string): string {
  const kinds = events
    .filter((event) => 'messageId' in event && event.messageId === messageId && event.system === system)
    .map((event) => event.kind)
  const outcomes = ['refused', 'returned', 'unheard', 'published', 'uncertain'] as const
  return outcomes.find((kind) => kinds.includes(kind)) ?? 'pending'
}
