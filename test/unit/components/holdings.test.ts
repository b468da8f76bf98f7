import { describe, expect, test } from 'vitest'
import { holdingsOf } from '#components/lane/holdings.ts'
import { shownWords } from '#components/words/modes.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import { fanoutFacts, logFacts, queueFacts } from '#lib/protocol/facts.ts'

const room = (there: Record<string, Facts | null>) => ({
  views: {
    destinations: Object.entries(there).map(([name, facts]) => ({
      system: 'rabbitmq',
      name,
      mode: facts?.mode ?? 'queue',
    })),
    destination: (_: string, name: string) => ({ facts: there[name] && { facts: there[name], at: 0 } }),
  },
})
type Room = Parameters<typeof holdingsOf>[0]

describe('which destinations hold something', () => {
  test('counts what waits and what is in hand in a queue, what a log keeps, and what waits in subscribers’ own queues', () => {
    const there = room({
      mailbox: queueFacts({ ready: 2, unacked: 1, consumers: 2, durable: true }),
      empty: queueFacts({ ready: 0, unacked: 0, consumers: 2, durable: true }),
      journal: logFacts({ partitions: [{ partition: 0, low: '3', end: '9' }], retentionMs: null }),
      announcements: fanoutFacts({
        subscribers: 1,
        outputBuffers: [],
        waiting: [{ consumer: 'subscriber-1', messages: 4 }],
      }),
      unknown: null,
    })
    const words = holdingsOf(there as unknown as Room, 'rabbitmq').map(
      (one) => `${one.destination}: ${one.words}`,
    )
    expect(words).toEqual(['mailbox: 3 waiting', 'journal: 6 kept', 'announcements: 4 waiting'])
    expect(holdingsOf(there as unknown as Room, 'redis')).toEqual([])
  })
})

test('a click on a mode says that another destination is shown, and that the one before stays', () => {
  expect(shownWords('fanout', 'announcements', 'mailbox')).toBe(
    'announcements: a fan-out of its own. mailbox stays as it is.',
  )
})
