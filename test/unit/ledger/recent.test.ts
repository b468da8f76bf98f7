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

test('a fork and its origin keep what each was told, past the chunks that they share', () => {
  const origin = createLedger({ recent: 1_500 })
  const events = numbered(Array.from({ length: 4_000 }, (_, index) => published(QUEUE, `m${index}`)))
  origin.applyAll(events.slice(0, 1_800))
  const fork = origin.fork()
  origin.applyAll(events.slice(1_800))
  expect(fork.recent()).toEqual({ events: events.slice(300, 1_800), dropped: 300 })
  expect(origin.recent()).toEqual({ events: events.slice(2_500), dropped: 2_500 })
  fork.applyAll(events.slice(1_800, 1_900))
  expect(fork.recent()).toEqual({ events: events.slice(400, 1_900), dropped: 400 })
})
