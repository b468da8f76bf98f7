import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { facts, numbered, published, QUEUE } from './event-maker.ts'

test('the newest events are kept as they came, and the others are counted', () => {
  const ledger = createLedger({ recent: 3 })
  const events = numbered(['a', 'b', 'c', 'd', 'e'].map((id) => published(QUEUE, id)))
  ledger.applyAll(events.slice(0, 2))
  expect(ledger.recent()).toEqual({ events: events.slice(0, 2), dropped: 0 })
  ledger.applyAll(events.slice(2))
  expect(ledger.recent()).toEqual({ events: events.slice(2), dropped: 2 })
})

test('periodic events do not push out the others', () => {
  const ledger = createLedger({ recent: 3 })
  const events = numbered([published(QUEUE, 'a'), facts(1, 0, 1), facts(2, 0, 2), facts(3, 0, 3)])
  ledger.applyAll(events)
  expect(ledger.recent()).toEqual({ events: events.slice(0, 1), dropped: 0 })
})
