import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { Person, RoomSnapshot } from '#lib/protocol/room.ts'
import { AT, type Draft, EPOCH, numbered } from './event-maker.ts'

const ada: Person = { id: 'a', name: 'Ada', colour: 1 }
const ben: Person = { id: 'b', name: 'Ben', colour: 2 }

const people = (list: Person[], at = AT): Draft => ({
  ...{ kind: 'people', epoch: EPOCH, room: 'lobby', evidence: 'client' },
  ...{ at, people: list },
})

const streamGap: Draft = {
  ...{ kind: 'gap', epoch: EPOCH, room: 'lobby', evidence: 'client', at: AT },
  ...{ from: 1, to: 3, reason: 'not-held' },
}

const snapshot = (seq: number, list: Person[]): RoomSnapshot => ({
  ...{ room: 'lobby', epoch: EPOCH, seq, firstSeq: 1, number: 0 },
  ...{ destinations: [], consumers: [], brokers: [], loads: [], people: list },
})

const changesOf = ({ personChanges }: ReturnType<typeof createLedger>) =>
  personChanges.map(({ what, person, nameBefore }) => [
    what,
    person.name,
    ...(nameBefore === null ? [] : [nameBefore]),
  ])

test('who joins, leaves and takes another name is kept in order', () => {
  const ledger = createLedger()
  const bea = { ...ben, name: 'Bea' }
  ledger.applyAll(numbered([people([ada]), people([ada, ben]), people([ada, bea]), people([bea])]))
  expect(changesOf(ledger)).toEqual([
    ['joined', 'Ada'],
    ['joined', 'Ben'],
    ['renamed', 'Bea', 'Ben'],
    ['left', 'Ada'],
  ])
  expect(ledger.people).toEqual([bea])
})

test('a reload is neither leaving nor joining, and coming back much later is both', () => {
  const ledger = createLedger()
  ledger.applyAll(
    numbered([
      people([ada, ben]),
      people([ada], AT + 1_000),
      people([ada, ben], AT + 2_500),
      people([ben], AT + 60_000),
      people([ben, ada], AT + 120_000),
    ]),
  )
  expect(changesOf(ledger).slice(2)).toEqual([
    ['left', 'Ada'],
    ['joined', 'Ada'],
  ])
})

test('history that is read after a snapshot adds to what is remembered, and changes nobody now', () => {
  const ledger = createLedger()
  ledger.reset(snapshot(2, [ben]))
  ledger.applyAll(numbered([people([ada]), people([ben])]))
  expect(changesOf(ledger)).toEqual([
    ['joined', 'Ada'],
    ['joined', 'Ben'],
    ['left', 'Ada'],
  ])
  expect(ledger.people).toEqual([ben])
})

test('the first list after missing events says who is there, not who has come', () => {
  const late = createLedger()
  late.reset(snapshot(5, [ada, ben]))
  late.applyAll([...numbered([streamGap], 3), ...numbered([people([ada]), people([ada, ben])], 4)])
  expect(changesOf(late)).toEqual([['joined', 'Ben']])

  const recorded = createLedger()
  recorded.reset(snapshot(40, [ada]))
  recorded.applyAll(numbered([people([ada, ben])], 41))
  expect(changesOf(recorded)).toEqual([['joined', 'Ben']])
})
