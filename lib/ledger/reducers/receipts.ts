import type { EventOf } from '#lib/protocol/events.ts'
import { rebucket } from '../counters/buckets.ts'
import { tallyReceipt } from '../counters/tally.ts'
import type { Life, ReceiptEvent } from '../model/records.ts'
import type { EndView } from '../model/views.ts'
import { touchLife } from '../store/messages.ts'

type EndEvent = EventOf<'expired' | 'dead-lettered' | 'trimmed'>

/** Which receipt stands when several came: the one that says more. `uncertain` gives way to any other. */
const RANK = {
  uncertain: 1,
  published: 2,
  unheard: 3,
  returned: 4,
  refused: 5,
} as const

const saysMore = (event: ReceiptEvent, before: ReceiptEvent | null): boolean =>
  before === null || RANK[event.kind] > RANK[before.kind]

export function applyReceipt(life: Life, event: ReceiptEvent): void {
  const { counts } = life.destination
  if (event.kind === 'published') counts.published += 1
  else if (event.kind === 'unheard') counts.unheard += 1
  else if (event.kind !== 'uncertain') counts.failed += 1
  if (!saysMore(event, life.receipt)) return
  life.receipt = event
  tallyReceipt(life)
  touchLife(life)
}

/** The broker ended the life. When several ends are reported, the latest by its own time stands. */
export function applyEnd(life: Life, event: EndEvent): void {
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
