import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { DeliveryView } from '#lib/ledger/model/views.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { expectSame } from '#test/support/expect-same.ts'
import { numbered } from './event-maker.ts'
import { recountLane, recountPane, recountReceipt } from './recount.ts'
import { interleave, LANES, lifeOf, lifePlan, OPENING, PANES, story, withContent } from './stories.ts'

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
    lanes: LANES.map(([system, name]) => ledger.destination(system, name)),
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
  test('panes show what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story(false), (drafts) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        for (const which of PANES) {
          const counted = recountPane(events, which[0], which[2])
          const pane = paneOf(ledger, which)
          expectSame(
            deliveriesIn(ledger, which).map(({ delivery }) => plain(delivery)),
            counted.rows,
          )
          expect(pane.arrivals).toBe(counted.arrivals)
          expect(pane.settled).toBe(counted.settled)
          expect(pane.inHand.map(({ delivery }) => delivery)).toEqual(counted.inHand)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('destinations and receipts show what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story(true), (drafts) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        for (const [system, name] of LANES) {
          expectSame<unknown>(ledger.destination(system, name)?.counts, recountLane(events, system))
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

  test('events applied in two parts give the same as in one, whether or not the views are read in between', () => {
    fc.assert(
      fc.property(story(true), fc.nat(), (drafts, cut) => {
        const events = numbered([...OPENING, ...drafts])
        const ids = idsIn(events)
        const at = cut % (events.length + 1)
        const halved = createLedger()
        halved.applyAll(events.slice(0, Math.max(at, OPENING.length)))
        picture(halved, ids)
        halved.applyAll(events.slice(at))
        expectSame(picture(halved, ids), picture(ledgerOf(events), ids))
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

  test('events that were applied before change nothing', () => {
    fc.assert(
      fc.property(story(true), fc.nat(), (drafts, from) => {
        const events = numbered([...OPENING, ...drafts])
        const ledger = ledgerOf(events)
        const before = picture(ledger, idsIn(events))
        const { version } = ledger
        ledger.applyAll(events.slice(from % events.length))
        expect(ledger.version).toBe(version)
        expectSame(picture(ledger, idsIn(events)), before)
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
    return { counts: ledger.destination(system, name)?.counts, verdict: trace.verdict, ghosts: trace.ghosts }
  })
  const panes = PANES.map((which) => {
    const { arrivals, settled: done, inHand } = paneOf(ledger, which)
    return { arrivals, done, inHand: inHand.map(({ delivery }) => delivery).sort((a, b) => a - b) }
  })
  return { content: { ...message, lives: undefined }, lives, lanes, panes }
}
