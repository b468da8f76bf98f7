import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { logFacts } from '#lib/protocol/facts.ts'
import type { Destination } from '#lib/protocol/room.ts'
import {
  consumer,
  content,
  type Draft,
  delivered,
  LOG,
  numbered,
  positions,
  published,
} from './event-maker.ts'

const NEWS = { system: 'rabbitmq', destination: 'news' }
const FEED = { system: 'redis', destination: 'feed' }
const ID = 'message-1'

const made = (place: typeof NEWS, more: Pick<Destination, 'mode' | 'settings'>): Draft =>
  ({
    ...consumer(place, '', 'attached'),
    kind: 'destination',
    consumer: undefined,
    now: {
      id: `${place.system}:${place.destination}`,
      system: place.system,
      name: place.destination,
      address: place.destination,
      state: 'declared',
      traits: [],
      ...more,
    },
  }) as unknown as Draft

function traced(place: typeof NEWS, drafts: readonly Draft[]) {
  const ledger = createLedger()
  ledger.applyAll(numbered(drafts))
  return ledger.trace(place.system, place.destination, ID)
}

describe('a message that an exchange routed past a subscriber', () => {
  const own = (queue: string) =>
    ({ kind: 'queue', queue, exchange: 'news', routingKey: 'eu.rain', deliveryTag: 1 }) as const
  const drafts = [
    made(NEWS, { mode: 'fanout', settings: { exchange: 'topic' } }),
    consumer(NEWS, 'rain', 'attached', { settings: { bindingKey: '*.rain' } }),
    consumer(NEWS, 'snow', 'attached', { settings: { bindingKey: '*.snow' } }),
    published(NEWS, ID, { ...content(1), key: 'eu.rain' }),
    delivered(NEWS, ID, 'rain', 1, { address: own('news.rain') }),
  ]

  test('does not look like a queue: each subscriber has a queue of its own', () => {
    expect(traced(NEWS, drafts).verdict).toMatchObject({ kind: 'got', got: 1, of: 2, shape: 'mixed' })
  })

  test('was not routed to that subscriber', () => {
    expect(traced(NEWS, drafts).ghosts.get('snow')).toEqual({ why: 'not-routed' })
  })

  test('is still to come where the binding matches', () => {
    expect(traced(NEWS, drafts.slice(0, 4)).ghosts.get('rain')).toEqual({ why: 'waiting' })
  })
})

describe('a log that each reads for itself', () => {
  const entry = { kind: 'entry', stream: 'feed', id: '1-0' } as const
  const drafts = [
    made(FEED, { mode: 'log', settings: {} }),
    consumer(FEED, 'reader-1', 'attached'),
    consumer(FEED, 'reader-2', 'paused'),
    published(FEED, ID, content(1)),
    delivered(FEED, ID, 'reader-1', 1, { address: entry, inHand: false }),
  ]

  test('keeps a message for a reader that is paused: nobody else got it instead', () => {
    expect(traced(FEED, drafts).ghosts.get('reader-2')).toEqual({ why: 'paused' })
  })

  test('is no queue while one of two has read it', () => {
    expect(traced(FEED, drafts).verdict).toMatchObject({ kind: 'got', got: 1, of: 2, shape: 'mixed' })
  })

  test('is a log once all have read it', () => {
    const both = [...drafts, delivered(FEED, ID, 'reader-2', 1, { address: entry, inHand: false })]
    expect(traced(FEED, both).verdict).toMatchObject({ kind: 'got', got: 2, of: 2, shape: 'log' })
  })

  test('does not bring a message by itself to a reader that was moved beyond it', () => {
    const reported = (position: number): Draft => ({
      ...positions({}),
      kind: 'facts',
      ...FEED,
      facts: logFacts({
        partitions: [{ partition: 0, low: '0', end: '9', last: '9-0' }],
        readers: [{ consumer: 'reader-2', position: String(position), lag: 9 - position }],
        retentionMs: null,
      }),
    })
    const read = delivered(FEED, ID, 'reader-1', 1, { address: { ...entry, index: 4 }, inHand: false })
    const moved = [...drafts.slice(0, 2), consumer(FEED, 'reader-2', 'attached'), ...drafts.slice(3, 4), read]
    const ghosts = [4, 5].map((at) => traced(FEED, [...moved, reported(at)]).ghosts.get('reader-2'))
    expect(ghosts).toEqual([{ why: 'waiting' }, { why: 'position-beyond', group: null }])
  })
})

test('a message of an aborted transaction neither waits nor is kept for anybody: readers skip it', () => {
  const address = { kind: 'offset', topic: 'datascience', partition: 0, offset: '7' } as const
  const { verdict, ghosts, receipt } = traced(LOG, [
    made(LOG, { mode: 'log', settings: {} }),
    consumer(LOG, 'reader-1', 'attached', { group: 'analytics' }),
    published(LOG, ID, { ...content(1), address, transaction: 'aborted' }),
  ])
  expect(receipt).toMatchObject({ state: 'published', transaction: 'aborted' })
  expect(verdict).toEqual({ kind: 'aborted', number: 1 })
  expect(ghosts.get('reader-1')).toEqual({ why: 'aborted' })
})
