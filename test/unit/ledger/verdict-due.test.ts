import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import {
  AT,
  assignment,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  LOG,
  numbered,
  type Place,
  published,
  QUEUE,
  read,
  settled,
} from './event-maker.ts'

const ID = 'message-1'
const BEFORE = AT - 1_000
const LATER = AT + 1_000

const workers = [
  consumer(QUEUE, 'worker-1', 'attached', {}, BEFORE),
  consumer(QUEUE, 'worker-2', 'attached', {}, BEFORE),
]
const subscribers = [
  consumer(CHANNEL, 'subscriber-1', 'attached', {}, BEFORE),
  consumer(CHANNEL, 'subscriber-2', 'attached', {}, BEFORE),
]
const reader = (
  name: string,
  group: string,
  state: 'attached' | 'crashed' | 'paused' = 'attached',
  at = BEFORE,
) => consumer(LOG, name, state, { group }, at)
const readers = [
  reader('reader-1', 'analytics'),
  reader('reader-2', 'analytics'),
  reader('reader-3', 'audit'),
]
const shares = [
  assignment('analytics', 'stable', [
    { consumer: 'reader-1', partitions: [0, 1] },
    { consumer: 'reader-2', partitions: [2] },
  ]),
  assignment('audit', 'stable', [{ consumer: 'reader-3', partitions: [0, 1, 2] }]),
]
const sent = (place: Place, more = {}) => published(place, ID, { ...content(1), ...more })
const sentTo2 = sent(LOG, { address: { kind: 'offset', topic: 'datascience', partition: 2, offset: '7' } })

function traced(place: Place, drafts: readonly Draft[], id: string | null = ID) {
  const ledger = createLedger()
  ledger.applyAll(numbered([destination(place), ...drafts]))
  return ledger.trace(place.system, place.destination, id)
}

describe('everyone who is due a message counts, with what became of them', () => {
  test('consumers that were removed afterwards and added again under their names, as a reset does, were due it all the same', () => {
    const again = (place: Place, name: string, more = {}) => [
      consumer(place, name, 'detached', { removed: true, ...more }, LATER),
      consumer(place, name, 'attached', { since: LATER + 1, ...more }, LATER + 1),
    ]
    const worker = traced(QUEUE, [
      ...workers,
      sent(QUEUE),
      delivered(QUEUE, ID, 'worker-1', 1),
      settled('acknowledged', QUEUE, ID, 'worker-1', 1),
      ...again(QUEUE, 'worker-1'),
      ...again(QUEUE, 'worker-2'),
    ])
    expect(worker?.verdict).toMatchObject({ kind: 'got', got: 1, of: 2, shape: 'queue' })
    const log = traced(LOG, [
      ...readers,
      ...shares,
      sentTo2,
      read(ID, 'reader-2', 'analytics', 1, [2, 7]),
      read(ID, 'reader-3', 'audit', 1, [2, 7]),
      ...again(LOG, 'reader-1', { group: 'analytics' }),
      ...again(LOG, 'reader-2', { group: 'analytics' }),
      ...again(LOG, 'reader-3', { group: 'audit' }),
    ])
    expect(log?.verdict).toMatchObject({ kind: 'got', shape: 'log' })
  })

  test('a log with a crashed reader in a group of its own is no queue: the message waits for that group', () => {
    const away = reader('reader-3', 'audit', 'crashed')
    const reads = [read(ID, 'reader-2', 'analytics', 1, [2, 7])]
    const { verdict } = traced(LOG, [...readers.slice(0, 2), ...shares, away, sentTo2, ...reads])
    expect(verdict).toMatchObject({
      shape: 'log',
      got: 1,
      of: 3,
      groups: { got: 1, of: 2 },
      fates: [{ fate: 'away', who: ['reader-3'] }],
    })
  })

  test('a group of several that lacks the message is named as one', () => {
    const away = [reader('reader-1', 'analytics', 'crashed'), reader('reader-2', 'analytics', 'crashed')]
    const audit = reader('reader-3', 'audit')
    const drafts = [...away, audit, sentTo2, read(ID, 'reader-3', 'audit', 1, [2, 7])]
    expect(traced(LOG, drafts).verdict).toMatchObject({
      groups: { got: 1, of: 2 },
      fates: [{ fate: 'away', who: ['analytics'] }],
    })
  })

  test('a subscriber that is paused and one that crashed are named, and nothing is simply on its way', () => {
    const paused = consumer(CHANNEL, 'subscriber-1', 'paused', {}, BEFORE)
    const crashed = consumer(CHANNEL, 'subscriber-2', 'crashed', {}, BEFORE)
    expect(traced(CHANNEL, [...subscribers, paused, crashed, sent(CHANNEL)]).verdict).toEqual({
      kind: 'nobody',
      number: 1,
      of: 2,
      fates: [
        { fate: 'missed', who: ['subscriber-2'] },
        { fate: 'paused', who: ['subscriber-1'] },
      ],
    })
  })

  test('a subscriber that crashed before is no full score: it missed the message', () => {
    const crashed = consumer(CHANNEL, 'subscriber-2', 'crashed', {}, BEFORE)
    const drafts = [...subscribers, crashed, sent(CHANNEL), delivered(CHANNEL, ID, 'subscriber-1', 1)]
    expect(traced(CHANNEL, drafts).verdict).toMatchObject({
      got: 1,
      of: 2,
      shape: 'mixed',
      fates: [{ fate: 'missed', who: ['subscriber-2'] }],
    })
  })

  test('what was on its way to a subscriber that crashed is missed, also once it is back', () => {
    const crashes = [
      consumer(CHANNEL, 'subscriber-2', 'crashed', {}, LATER),
      consumer(CHANNEL, 'subscriber-2', 'attached', {}, LATER + 1),
    ]
    const drafts = [...subscribers, sent(CHANNEL), delivered(CHANNEL, ID, 'subscriber-1', 1), ...crashes]
    expect(traced(CHANNEL, drafts).verdict).toMatchObject({
      fates: [{ fate: 'missed', who: ['subscriber-2'] }],
    })
    const whilePaused = [subscribers[0] as Draft, consumer(CHANNEL, 'subscriber-2', 'paused', {}, BEFORE)]
    const { ghosts } = traced(CHANNEL, [...whilePaused, sent(CHANNEL), ...crashes.slice(0, 1)])
    expect(ghosts.get('subscriber-2')).toEqual({ why: 'absent-gone' })
  })

  test('a subscriber that left after the message passed was due it all the same', () => {
    const paused = consumer(CHANNEL, 'subscriber-2', 'paused', {}, BEFORE)
    const left = consumer(CHANNEL, 'subscriber-2', 'detached', { removed: true }, LATER)
    const copy = delivered(CHANNEL, ID, 'subscriber-1', 1)
    expect(traced(CHANNEL, [...subscribers, paused, sent(CHANNEL), copy, left]).verdict).toMatchObject({
      got: 1,
      of: 2,
      fates: [{ fate: 'missed', who: ['subscriber-2'] }],
    })
  })

  test('crashed workers count: the message waits for them', () => {
    const crashed = ['worker-1', 'worker-2'].map((name) => consumer(QUEUE, name, 'crashed', {}, BEFORE))
    expect(traced(QUEUE, [...workers, ...crashed, sent(QUEUE)]).verdict).toEqual({
      kind: 'stored',
      number: 1,
      of: 2,
    })
  })

  test('a worker that joins while the message waits in the queue is due it too', () => {
    const late = consumer(QUEUE, 'worker-3', 'paused', { since: LATER }, LATER)
    expect(traced(QUEUE, [...workers, sent(QUEUE), late]).verdict).toMatchObject({ kind: 'stored', of: 3 })
  })

  test('two workers that both have a message make no fan-out of a queue', () => {
    const copies = [delivered(QUEUE, ID, 'worker-1', 1), delivered(QUEUE, ID, 'worker-2', 2)]
    expect(traced(QUEUE, [...workers, sent(QUEUE), ...copies]).verdict).toMatchObject({ shape: 'mixed' })
  })
})
