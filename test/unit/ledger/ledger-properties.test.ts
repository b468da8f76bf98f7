import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { DeliveryView } from '#lib/ledger/views.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import {
  CHANNEL,
  committed,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  gap,
  LOG,
  numbered,
  published,
  QUEUE,
  read,
  returned,
  settled,
  told,
  unheard,
} from './event-maker.ts'
import { recountLane, recountPane, recountReceipt } from './recount.ts'

const PANES = [
  ['rabbitmq', 'mailbox', 'worker-1'],
  ['rabbitmq', 'mailbox', 'worker-2'],
  ['redis', 'chatroom', 'subscriber-1'],
  ['redis', 'chatroom', 'subscriber-2'],
  ['kafka', 'datascience', 'reader-1'],
  ['kafka', 'datascience', 'reader-2'],
] as const
const LANES = [
  ['rabbitmq', 'mailbox'],
  ['redis', 'chatroom'],
  ['kafka', 'datascience'],
] as const
const OPENING: Draft[] = [
  destination(QUEUE),
  destination(CHANNEL),
  destination(LOG),
  ...(['worker-1', 'worker-2'] as const).map((name) => consumer(QUEUE, name, 'attached')),
  ...(['subscriber-1', 'subscriber-2'] as const).map((name) => consumer(CHANNEL, name, 'attached')),
  ...(['reader-1', 'reader-2'] as const).map((name) =>
    consumer(LOG, name, 'attached', { group: 'analytics' }),
  ),
]

/** What may happen in a message's life, as choices; `lifeOf` makes the events. */
interface LifePlan {
  place: 'queue' | 'channel' | 'log'
  receipt: 'published' | 'refused' | 'returned' | 'unheard' | 'uncertain' | 'none'
  arrivals: Array<{ second: boolean; again: boolean; end: 'acknowledged' | 'requeued' | 'rejected' | 'none' }>
}

const lifePlan: fc.Arbitrary<LifePlan> = fc.record({
  place: fc.constantFrom('queue', 'channel', 'log'),
  receipt: fc.constantFrom('published', 'refused', 'returned', 'unheard', 'uncertain', 'none'),
  arrivals: fc.array(
    fc.record({
      second: fc.boolean(),
      again: fc.boolean(),
      end: fc.constantFrom('acknowledged', 'requeued', 'rejected', 'none'),
    }),
    { maxLength: 4 },
  ),
})

const PLACES = { queue: QUEUE, channel: CHANNEL, log: LOG }

function receiptOf(plan: LifePlan, id: string): Draft[] {
  const place = PLACES[plan.place]
  if (plan.receipt === 'published') return [published(place, id)]
  if (plan.receipt === 'unheard') return [unheard(place, id)]
  if (plan.receipt === 'returned') return [returned(place, id)]
  return plan.receipt === 'none' ? [] : [told(plan.receipt, place, id)]
}

/** Every event of one message, its content on the first. Delivery numbers are unique over all messages. */
function lifeOf(plan: LifePlan, number: number): Draft[] {
  const id = `message-${number}`
  const arrivals = plan.arrivals.flatMap((arrival, index): Draft[] => {
    const delivery = number * 100 + index
    const more = { redelivered: arrival.again }
    if (plan.place === 'channel') {
      return [delivered(CHANNEL, id, arrival.second ? 'subscriber-2' : 'subscriber-1', delivery, more)]
    }
    if (plan.place === 'log') {
      const reader = arrival.second ? 'reader-2' : 'reader-1'
      return [read(id, reader, 'analytics', delivery, [number % 2, number], more)]
    }
    const worker = arrival.second ? 'worker-2' : 'worker-1'
    const settlement = arrival.end === 'none' ? [] : [settled(arrival.end, QUEUE, id, worker, delivery)]
    return [delivered(QUEUE, id, worker, delivery, more), ...settlement]
  })
  return [...receiptOf(plan, id), ...arrivals]
}

/** Puts a message's content on whichever of its events comes first. */
function withContent(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>()
  return drafts.map((draft) => {
    if (!('messageId' in draft) || seen.has(draft.messageId)) return draft
    seen.add(draft.messageId)
    return { ...draft, ...content(Number(draft.messageId.slice('message-'.length))) } as Draft
  })
}

const disturbance: fc.Arbitrary<Draft> = fc.oneof(
  fc
    .record({ second: fc.boolean(), state: fc.constantFrom('paused', 'crashed', 'detached', 'attached') })
    .map(({ second, state }) => consumer(QUEUE, second ? 'worker-2' : 'worker-1', state as 'paused')),
  fc
    .record({ partition: fc.nat({ max: 1 }), upTo: fc.nat({ max: 14 }) })
    .map(({ partition, upTo }) => committed('analytics', partition, upTo)),
  fc.constant(gap()),
)

/** Several lives and disturbances, interleaved at will; each life's own order may be shuffled too. */
const story = (shuffled: boolean): fc.Arbitrary<Draft[]> =>
  fc
    .record({
      plans: fc.array(lifePlan, { minLength: 1, maxLength: 12 }),
      disturbances: fc.array(disturbance, { maxLength: 6 }),
      order: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
    })
    .map(({ plans, disturbances, order }) => {
      const strands = [...plans.map((plan, index) => lifeOf(plan, index + 1)), disturbances]
      return withContent(interleave(strands, order, shuffled))
    })

function interleave(strands: Draft[][], order: readonly number[], shuffled: boolean): Draft[] {
  const left = strands.map((strand) => [...strand])
  const events: Draft[] = []
  for (let step = 0; left.some((strand) => strand.length > 0); step += 1) {
    const open = left.filter((strand) => strand.length > 0)
    const pick = order[step % order.length] ?? 0
    const strand = open[pick % open.length]
    const [event] = strand?.splice(shuffled ? pick % strand.length : 0, 1) ?? []
    if (event) events.push(event)
  }
  return events
}

function ledgerOf(events: readonly RoomEvent[]): Ledger {
  const ledger = createLedger()
  ledger.applyAll(events)
  return ledger
}

function paneOf(ledger: Ledger, [system, name, who]: readonly [string, string, string]) {
  const pane = ledger.pane(`${system}:${name}:${who}`)
  if (!pane) throw new Error(`there is no pane of ${who}`)
  return pane
}

const deliveriesIn = (ledger: Ledger, which: readonly [string, string, string]) =>
  paneOf(ledger, which).rows.flatMap((row) => (row.type === 'delivery' ? [row] : []))

/** Everything of a ledger that must not depend on how it was fed. */
function picture(ledger: Ledger, ids: readonly string[]) {
  return {
    panes: PANES.map((which) => ({ ...paneOf(ledger, which), version: 0 })),
    lanes: LANES.map(([system, name]) => ledger.lane(system, name)),
    messages: ids.map((id) => ledger.message(id)),
    traces: ids.flatMap((id) => LANES.map(([system, name]) => ledger.trace(system, name, id))),
    newest: ledger.newest()?.messageId,
    gaps: ledger.gaps,
    seq: ledger.seq,
  }
}

const idsIn = (events: readonly RoomEvent[]) => [
  ...new Set(events.flatMap((event) => ('messageId' in event ? [event.messageId] : []))),
]

describe('whatever happens, in whatever interleaving', () => {
  test('panes say what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story(false), (drafts) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        for (const which of PANES) {
          const counted = recountPane(events, which[0], which[2])
          const pane = paneOf(ledger, which)
          expect(deliveriesIn(ledger, which).map(({ delivery }) => plain(delivery))).toEqual(counted.rows)
          expect(pane.arrivals).toBe(counted.arrivals)
          expect(pane.settled).toBe(counted.settled)
          expect(pane.inHand.map(({ delivery }) => delivery)).toEqual(counted.inHand)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('lanes and receipts say what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story(true), (drafts) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        for (const [system, name] of LANES) {
          expect(ledger.lane(system, name)?.counts).toEqual(recountLane(events, system))
          for (const id of idsIn(events)) {
            const life = ledger.message(id)?.lives.get(system)
            if (life) expect(life.receipt.state).toBe(recountReceipt(events, system, id))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('every message shows its content in every row and knows every arrival', () => {
    fc.assert(
      fc.property(story(true), (drafts) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        for (const which of PANES) {
          for (const row of deliveriesIn(ledger, which)) {
            const message = ledger.message(row.delivery.messageId)
            expect(row.message.text).toBe(`text ${row.message.number}`)
            expect(message?.lives.get(which[0])?.deliveries).toContain(row.delivery)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a prefix and then the rest give what the whole gives, with or without looking in between', () => {
    fc.assert(
      fc.property(story(true), fc.nat(), (drafts, cut) => {
        const events = numbered([...OPENING, ...drafts])
        const ids = idsIn(events)
        const at = cut % (events.length + 1)
        const halved = createLedger()
        halved.applyAll(events.slice(0, Math.max(at, OPENING.length)))
        picture(halved, ids)
        halved.applyAll(events.slice(at))
        expect(picture(halved, ids)).toEqual(picture(ledgerOf(events), ids))
      }),
      { numRuns: 300 },
    )
  })

  test('the order of events within a message’s life changes nothing but the order of rows', () => {
    fc.assert(
      fc.property(lifePlan, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (plan, order) => {
        const life = lifeOf(plan, 1)
        const asTold = ledgerOf(numbered(withContent([...OPENING, ...life])))
        const shuffled = ledgerOf(numbered(withContent([...OPENING, ...interleave([life], order, true)])))
        expect(byDelivery(shuffled)).toEqual(byDelivery(asTold))
      }),
      { numRuns: 500 },
    )
  })

  test('events that were applied already change nothing', () => {
    fc.assert(
      fc.property(story(true), fc.nat(), (drafts, from) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        const before = picture(ledger, idsIn(events))
        const { version } = ledger
        ledger.applyAll(events.slice(from % events.length))
        expect(ledger.version).toBe(version)
        expect(picture(ledger, idsIn(events))).toEqual(before)
      }),
      { numRuns: 100 },
    )
  })
})

const plain = ({ messageId, consumer, delivery, state, ordinal }: DeliveryView) => ({
  messageId,
  consumer,
  delivery,
  state,
  ordinal,
})

function byDelivery(ledger: Ledger) {
  const message = ledger.message('message-1')
  const lives = [...(message?.lives.values() ?? [])].map((life) => ({
    ...life,
    deliveries: life.deliveries
      .map((delivery) => ({ ...delivery, ordinal: 0 }))
      .sort((a, b) => a.delivery - b.delivery),
  }))
  const lanes = LANES.map(([system, name]) => {
    const trace = ledger.trace(system, name, 'message-1')
    return { counts: ledger.lane(system, name)?.counts, verdict: trace.verdict, ghosts: trace.ghosts }
  })
  const panes = PANES.map((which) => {
    const { arrivals, settled: done, inHand } = paneOf(ledger, which)
    return { arrivals, done, inHand: inHand.map(({ delivery }) => delivery).sort((a, b) => a - b) }
  })
  return { content: { ...message, lives: undefined }, lives, lanes, panes }
}
