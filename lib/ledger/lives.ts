import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import { NO_MARKS } from './marks.ts'
import { findLife, touchMessage } from './messages.ts'
import { receiptOf, saysMore, toldOf } from './receipts.ts'
import { deliveryView } from './rows.ts'
import type { Arrival, Lane, Life, Message, ReceiptEvent } from './state.ts'
import { rebucket, tallyReceipt } from './tally.ts'
import type { EndView, LifeView } from './views.ts'

type EndEvent = EventOf<'expired' | 'dead-lettered' | 'trimmed'>

/** The message's life in this lane, made when the event is the first to tell of it. */
export function lifeOf(message: Message, lane: Lane, event: LifeEvent): Life {
  const known = findLife(message, event.system, event.destination)
  if (known) return known
  const life: Life = {
    message,
    lane,
    first: event,
    told: null,
    firstArrival: null,
    lastArrival: null,
    arrivals: 0,
    earlier: 0,
    early: null,
    ended: null,
    bucket: null,
    book: null,
    fate: null,
    pass: 0,
    hadBy: NO_MARKS,
    audiences: NO_MARKS,
    sibling: null,
    view: null,
  }
  lane.messages += 1
  if (message.firstLife) lastLife(message.firstLife).sibling = life
  else message.firstLife = life
  return life
}

function lastLife(first: Life): Life {
  let life = first
  while (life.sibling) life = life.sibling
  return life
}

/** The arrivals still held, oldest first. */
export function arrivalsOf(life: Life): Arrival[] {
  const arrivals: Arrival[] = []
  for (let arrival = life.firstArrival; arrival; arrival = arrival.next) arrivals.push(arrival)
  return arrivals
}

export function learnReceipt(life: Life, event: ReceiptEvent): void {
  const { counts } = life.lane
  if (event.kind === 'published') counts.published += 1
  else if (event.kind === 'unheard') counts.unheard += 1
  else if (event.kind !== 'uncertain') counts.failed += 1
  if (!saysMore(event, life.told)) return
  life.told = event
  tallyReceipt(life)
  touchLife(life)
}

/** The broker ended the life. When several ends are told, the latest by its own time stands. */
export function learnEnd(life: Life, event: EndEvent): void {
  if (life.ended && life.ended.at >= event.at) return
  const end: EndView = {
    how: event.kind,
    reason: event.reason,
    to: event.kind === 'dead-lettered' ? event.to : null,
    at: event.at,
    evidence: event.evidence,
  }
  life.ended = end
  rebucket(life)
  touchLife(life)
}

export function touchLife(life: Life): void {
  life.view = null
  touchMessage(life.message)
}

export function lifeView(life: Life): LifeView {
  life.view ??= {
    system: life.lane.system,
    destination: life.lane.name,
    receipt: receiptOf(life),
    told: toldOf(life),
    deliveries: arrivalsOf(life).map(deliveryView),
    earlier: life.earlier,
    ended: life.ended,
  }
  return life.view
}
