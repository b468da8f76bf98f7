import type { EventOf, LifeEvent } from '#lib/protocol/events.ts'
import { findLife, touchMessage } from './messages.ts'
import { deliveryView } from './rows.ts'
import type { Arrival, Lane, Life, Message } from './state.ts'
import { rebucket, tallyReceipt } from './tally.ts'
import type { EndView, LifeView, ReceiptView } from './views.ts'

const PENDING: ReceiptView = { state: 'pending' }
const OUTSIDE: ReceiptView = { state: 'outside' }

/** Which receipt stands when several were told: the one that says more. `uncertain` gives way to any other. */
const RANK = {
  pending: 0,
  outside: 0,
  uncertain: 1,
  published: 2,
  unheard: 3,
  returned: 4,
  refused: 5,
} as const

type ReceiptEvent = EventOf<'published' | 'refused' | 'returned' | 'unheard' | 'uncertain'>
type EndEvent = EventOf<'expired' | 'dead-lettered' | 'trimmed'>

/** The message's life in this lane, made when the event is the first to tell of it. */
export function lifeOf(message: Message, lane: Lane, event: LifeEvent): Life {
  const known = findLife(message, event.system, event.destination)
  if (known) return known
  const life: Life = {
    message,
    lane,
    receipt: PENDING,
    receiptRank: RANK.pending,
    receiptAt: event.at,
    receiptEvidence: null,
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
    hadBy: 0,
    hadByMore: null,
    audiences: 0,
    audiencesMore: null,
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
  if (RANK[event.kind] <= life.receiptRank) return
  life.receipt = receiptView(event)
  life.receiptRank = RANK[event.kind]
  life.receiptAt = event.at
  life.receiptEvidence = event.evidence
  tallyReceipt(life)
  touchLife(life)
}

function receiptView(event: ReceiptEvent): ReceiptView {
  if (event.kind === 'published') {
    return {
      state: 'published',
      receiptMs: event.receiptMs,
      heardBy: event.heardBy ?? null,
      address: event.address ?? null,
      transaction: event.transaction ?? null,
    }
  }
  if (event.kind === 'unheard') return { state: 'unheard', receiptMs: event.receiptMs }
  return { state: event.kind, reason: event.reason }
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

/** What the sender was told; from outside, nobody here was told anything. */
export const receiptOf = (life: Life): ReceiptView =>
  life.receiptRank === 0 && life.message.content.outside ? OUTSIDE : life.receipt

export function lifeView(life: Life): LifeView {
  life.view ??= {
    system: life.lane.system,
    destination: life.lane.name,
    receipt: receiptOf(life),
    told: life.receiptEvidence === null ? null : { at: life.receiptAt, evidence: life.receiptEvidence },
    deliveries: arrivalsOf(life).map(deliveryView),
    earlier: life.earlier,
    ended: life.ended,
  }
  return life.view
}
