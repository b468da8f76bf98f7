import fc from 'fast-check'
import { test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import { expectSame } from '#test/support/expect-same.ts'
import { numbered } from './event-maker.ts'
import { LANES, OPENING, PANES, story } from './stories.ts'

/** Everything a ledger shows. */
function picture(ledger: Ledger, events: readonly RoomEvent[]) {
  const ids = new Set(events.flatMap((event) => ('messageId' in event ? [event.messageId] : [])))
  return {
    panes: PANES.map((which) => ledger.pane(which.join(':'))),
    paneBooks: PANES.map((which) => ledger.paneTally(which.join(':'))),
    lanes: LANES.map(([system, name]) => [
      ledger.destination(system, name),
      ledger.tally(system, name),
      ledger.meter(system, name, ledger.lastAt),
    ]),
    messages: [...ids].map((id) => ledger.message(id)),
    traces: [...ids].flatMap((id) => LANES.map(([system, name]) => ledger.trace(system, name, id))),
    search: ledger.search({ words: '', limit: 100 }),
    newest: ledger.newest()?.messageId,
    gaps: ledger.gaps,
    seq: ledger.seq,
  }
}

/** Hundreds of ledgers, compared whole, on a machine that is busy with other tests. */
const TEST_TIMEOUT_MS = 120_000

/** Small enough that rows, messages and arrivals are let go of all the time. */
const TIGHT = {
  rowsPerPane: 3,
  rowsTotal: 3,
  messages: 5,
  messageWeight: 9,
  arrivalsPerLife: 2,
  unsettled: 2,
}

test.each([
  ['with room for all', {}],
  ['with room for little', TIGHT],
])(
  'a fork and its origin go on apart, and each as if it had never been forked, %s',
  {
    timeout: TEST_TIMEOUT_MS,
  },
  (_, limits) => {
    fc.assert(
      fc.property(story(true), story(true), fc.nat(), (drafts, others, cut) => {
        const events = numbered([...OPENING, ...drafts])
        const at = OPENING.length + (cut % (drafts.length + 1))
        const strangers = numbered([...OPENING, ...drafts.slice(0, at - OPENING.length), ...others])
        const origin = createLedger(limits)
        origin.applyAll(events.slice(0, at))
        if (cut % 2) picture(origin, events)
        const fork = origin.fork()
        const before = structuredClone(picture(origin, events))
        expectSame(picture(fork, events), before)
        fork.applyAll(strangers.slice(at))
        expectSame(picture(origin, events), before)
        origin.applyAll(events.slice(at))
        const whole = createLedger(limits)
        whole.applyAll(events)
        expectSame(picture(origin, events), picture(whole, events))
        const strange = createLedger(limits)
        strange.applyAll(strangers)
        expectSame(picture(fork, strangers), picture(strange, strangers))
      }),
      { numRuns: 300 },
    )
  },
)
