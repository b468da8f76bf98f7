import { describe, expect, test, vi } from 'vitest'
import { standingsOf } from '#components/browse/standing.ts'
import { createPeek } from '#components/browse/use-peek.ts'
import { standingWords } from '#components/words/browsing.ts'
import type { GhostView, KeptView, TraceView } from '#lib/ledger/model/trace-views.ts'
import type { DeliveryState, DeliveryView } from '#lib/ledger/model/views.ts'
import type { Consumer } from '#lib/protocol/room.ts'

const consumer = (name: string, group?: string): Consumer => ({
  ...{ id: name, name, system: 'kafka', destination: 'datascience', settings: {}, state: 'attached' },
  ...(group === undefined ? {} : { group }),
})
const READERS = [
  consumer('reader-1', 'analytics'),
  consumer('reader-2', 'analytics'),
  consumer('reader-3', 'audit'),
]

function words(
  kept: KeptView,
  states: Record<string, DeliveryState> = {},
  ghosts: Record<string, GhostView> = {},
): string[] {
  const cords = Object.entries(states).map(
    ([name, state]) => [name, { consumer: name, state } as DeliveryView] as const,
  )
  const trace: TraceView = {
    ...{ verdict: { kind: 'none' }, receipt: null, kept },
    ...{ cords: new Map(cords), ghosts: new Map(Object.entries(ghosts)) },
  }
  return standingsOf(trace, READERS).map(standingWords)
}

describe('where a kept message stands', () => {
  test('in a queue: ready, in somebody’s hand, or settled', () => {
    expect(words({ where: 'ready' })).toEqual(['ready'])
    expect(words({ where: 'unacked', by: 'worker-1' })).toEqual(['pending for worker-1'])
    expect(words({ where: 'settled' }, { 'worker-2': 'acknowledged' })).toEqual(['settled for worker-2'])
    expect(words({ where: 'dead-letters', to: null })).toEqual(['dead-lettered'])
  })

  test('in a log: settled for the groups that committed it, pending for those that did not or are still to read it', () => {
    const elsewhere: GhostView = { why: 'other-partition', partition: 0, owner: 'reader-1' }
    expect(
      words({ where: 'log' }, { 'reader-1': 'committed', 'reader-3': 'read' }, { 'reader-2': elsewhere }),
    ).toEqual(['settled for analytics', 'pending for audit'])
    expect(
      words({ where: 'log' }, {}, { 'reader-1': { why: 'waiting' }, 'reader-3': { why: 'paused' } }),
    ).toEqual(['pending for analytics and audit'])
  })

  test('nobody whom it does not concern is named, and nothing is said where nothing was seen', () => {
    const later: GhostView = { why: 'sent-before-joining' }
    expect(words({ where: 'log' }, {}, { 'reader-1': later, 'reader-2': later, 'reader-3': later })).toEqual(
      [],
    )
    expect(words({ where: 'unknown' })).toEqual([])
  })

  test('many names are a count', () => {
    expect(words({ where: 'queues', of: ['one', 'two', 'three'] })).toEqual(['pending for 3 of them'])
  })
})

test('whoever looks at one row after another points at what was pointed at before when done', () => {
  const pin = vi.fn()
  const feed = {
    trace: { messageId: 'before', pinned: true, since: 0 },
    views: { message: (id: string) => (id === 'gone' ? undefined : {}) },
    pin,
  } as unknown as Parameters<typeof createPeek>[0]
  const peek = createPeek(feed)
  for (const id of ['one', 'two', 'gone', undefined]) peek.at(id)
  expect(pin.mock.calls).toEqual([['one'], ['two'], ['before']])
  peek.at('three')
  peek.keep()
  peek.at(undefined)
  expect(pin.mock.calls.slice(3)).toEqual([['three']])
})
