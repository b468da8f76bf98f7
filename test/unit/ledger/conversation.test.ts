import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { Person } from '#lib/protocol/room.ts'
import { AT, CHANNEL, content, type Draft, EPOCH, LOG, numbered, published, QUEUE } from './event-maker.ts'

const ada: Person = { id: 'a', name: 'Ada', colour: 1 }
const ben: Person = { id: 'b', name: 'Ben', colour: 2 }

const people = (at: number, list: Person[]): Draft => ({
  ...{ kind: 'people', epoch: EPOCH, room: 'lobby', evidence: 'client' },
  ...{ at, people: list },
})

const said = (number: number, more: object = {}) => ({
  ...content(number),
  sentAt: AT + number * 1_000,
  ...more,
})

function shown(drafts: Draft[], limit = 100) {
  const ledger = createLedger()
  ledger.applyAll(numbered(drafts))
  const { entries, earlier } = ledger.conversation(limit)
  const lines = entries.map((entry) => {
    if (entry.type === 'message') return [entry.message.text, ...entry.message.lives.keys()].join(' ')
    if (entry.type === 'load') return `${entry.count} of a load, #${entry.first} to #${entry.last}`
    return entry.changes.map(({ what, person }) => `${person.name} ${what}`).join(', ')
  })
  return { lines, earlier }
}

test('messages of all systems stand in the order in which they were sent, each with the systems it went to', () => {
  const { lines, earlier } = shown([
    published(LOG, 'two', said(2)),
    published(QUEUE, 'one', said(1)),
    published(CHANNEL, 'one', {}),
    published(QUEUE, 'three', said(3)),
  ])
  expect(lines).toEqual(['text 1 rabbitmq redis', 'text 2 kafka', 'text 3 rabbitmq'])
  expect(earlier).toBe(false)
})

test('who joined and left stands between the messages, several in a row as one', () => {
  const { lines } = shown([
    people(AT, [ada]),
    people(AT + 500, [ada, ben]),
    published(QUEUE, 'one', said(1)),
    people(AT + 1_500, [ada]),
    published(QUEUE, 'two', said(2)),
  ])
  expect(lines).toEqual(['Ada joined, Ben joined', 'text 1 rabbitmq', 'Ben left', 'text 2 rabbitmq'])
})

test('messages of a load are counted and push nobody out', () => {
  const load = Array.from({ length: 500 }, (_, index) =>
    published(QUEUE, `load ${index}`, said(index + 3, { load: 'one' })),
  )
  const drafts = [
    published(QUEUE, 'one', said(1)),
    published(QUEUE, 'two', said(2)),
    ...load,
    published(QUEUE, 'last', said(600)),
  ]
  expect(shown(drafts, 3)).toEqual({
    lines: ['text 1 rabbitmq', 'text 2 rabbitmq', '500 of a load, #3 to #502', 'text 600 rabbitmq'],
    earlier: false,
  })
  const { lines, earlier } = shown(drafts, 2)
  expect([lines.length, lines[0], earlier]).toEqual([3, 'text 2 rabbitmq', true])
})
