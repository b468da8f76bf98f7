import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { Mode } from '#lib/protocol/names.ts'
import {
  AT,
  CHANNEL,
  committed,
  consumer,
  content,
  type Draft,
  destination,
  LOG,
  numbered,
  type Place,
  published,
  read,
} from './event-maker.ts'

const ID = 'message-1'
const at = { kind: 'offset', topic: 'datascience', partition: 2, offset: '7' } as const
const sent = (place: Place = LOG) =>
  published(place, ID, { ...content(1), ...(place === LOG ? { address: at } : {}) })
const reader = (name: string, group: string) => consumer(LOG, name, 'attached', { group }, AT - 1_000)
const reads = (name: string, group: string) => read(ID, name, group, 1, [2, 7])

function destinationIn(place: Place, mode: Mode): Draft {
  const made = destination(place)
  if (made.kind !== 'destination' || made.now === null)
    throw new Error('a destination event has a destination')
  return { ...made, now: { ...made.now, mode } }
}

function traced(place: Place, mode: Mode, drafts: readonly Draft[]) {
  const ledger = createLedger()
  ledger.applyAll(numbered([destinationIn(place, mode), ...drafts]))
  return ledger.trace(place.system, place.destination, ID)
}

const subscribers = ['a', 'b', 'c'].map((name) => reader(name, `alerts.${name}`))
const copies = ['a', 'b', 'c'].map((name) => reads(name, `alerts.${name}`))

test('a copy for each of several groups of one is a fan-out', () => {
  const { verdict } = traced(LOG, 'fanout', [...subscribers, sent(), ...copies])
  expect(verdict).toMatchObject({ shape: 'fanout', got: 3, of: 3, groups: { got: 3, of: 3 } })
})

test('some of those copies prove no shape yet, and the ghost says that its own is to come', () => {
  const { verdict, ghosts } = traced(LOG, 'fanout', [...subscribers, sent(), ...copies.slice(0, 2)])
  expect(verdict).toMatchObject({ shape: 'mixed', got: 2, of: 3 })
  expect(ghosts.get('c')).toMatchObject({ why: expect.stringMatching(/^(waiting|other-partition)$/) })
})

test('as soon as one of those groups has a second member it is a log', () => {
  const { verdict } = traced(LOG, 'log', [...subscribers, reader('d', 'alerts.a'), sent(), ...copies])
  expect(verdict).toMatchObject({ shape: 'log', got: 3, of: 4 })
})

test('a second member makes it a log also while it is away', () => {
  const away = consumer(LOG, 'd', 'crashed', { group: 'alerts.a' }, AT - 1_000)
  const { verdict } = traced(LOG, 'log', [...subscribers, away, sent(), ...copies])
  expect(verdict).toMatchObject({ shape: 'log', got: 3, of: 4, groups: { got: 3, of: 3 }, fates: [] })
})

test('one group for all is a queue, and its commit settles the message', () => {
  const workers = [reader('worker-1', 'orders.workers'), reader('worker-2', 'orders.workers')]
  const drafts = [...workers, sent(), reads('worker-2', 'orders.workers'), committed('orders.workers', 2, 8)]
  const { verdict, cords } = traced(LOG, 'queue', drafts)
  expect(verdict).toMatchObject({ shape: 'queue', got: 1, of: 2, groups: { got: 1, of: 1 } })
  expect(cords.get('worker-2')?.state).toBe('committed')
})

test('a message for which nobody was present is stored where the topic keeps it, and went elsewhere where nothing is kept', () => {
  expect(traced(LOG, 'fanout', [sent()]).verdict).toEqual({ kind: 'stored', number: 1, of: 0 })
  expect(traced(CHANNEL, 'fanout', [sent(CHANNEL)]).verdict).toMatchObject({ kind: 'elsewhere' })
})
