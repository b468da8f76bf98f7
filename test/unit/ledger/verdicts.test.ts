import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import {
  AT,
  assignment,
  CHANNEL,
  committed,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  facts,
  LOG,
  numbered,
  type Place,
  published,
  QUEUE,
  read,
  receipt,
  returned,
  settled,
  unheard,
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

describe('the verdict', () => {
  test('a message that one of several consumers got came through a queue', () => {
    const { verdict, cords, ghosts } = traced(QUEUE, [
      ...workers,
      sent(QUEUE),
      delivered(QUEUE, ID, 'worker-2', 1),
    ])
    expect(verdict).toMatchObject({ kind: 'got', number: 1, got: 1, of: 2, shape: 'queue', by: ['worker-2'] })
    expect([...cords.keys()]).toEqual(['worker-2'])
    expect(ghosts.get('worker-1')).toEqual({ why: 'other-consumer', consumer: 'worker-2' })
  })

  test('a message that each of several consumers without groups got was a fan-out', () => {
    const copies = [delivered(CHANNEL, ID, 'subscriber-1', 1), delivered(CHANNEL, ID, 'subscriber-2', 1)]
    const { verdict } = traced(CHANNEL, [...subscribers, sent(CHANNEL), ...copies])
    expect(verdict).toMatchObject({
      kind: 'got',
      got: 2,
      of: 2,
      shape: 'fanout',
      groups: null,
      finished: false,
    })
  })

  test('the first of two copies does not look like a queue', () => {
    const { verdict, ghosts } = traced(CHANNEL, [
      ...subscribers,
      sent(CHANNEL),
      delivered(CHANNEL, ID, 'subscriber-1', 1),
    ])
    expect(verdict).toMatchObject({ kind: 'got', got: 1, of: 2, shape: 'mixed' })
    expect(ghosts.get('subscriber-2')).toEqual({ why: 'waiting' })
  })

  test('a message that one consumer of each group got is a log’s, and the ghosts name the partition’s owner', () => {
    const reads = [read(ID, 'reader-2', 'analytics', 1, [2, 7]), read(ID, 'reader-3', 'audit', 1, [2, 7])]
    const { verdict, ghosts } = traced(LOG, [...readers, ...shares, sentTo2, ...reads])
    expect(verdict).toMatchObject({
      shape: 'log',
      got: 2,
      of: 3,
      groups: { got: 2, of: 2 },
      by: ['reader-2', 'reader-3'],
    })
    expect(ghosts.get('reader-1')).toEqual({ why: 'other-partition', partition: 2, owner: 'reader-2' })
  })

  test('a message that two consumers of one group got is not taken for a log’s', () => {
    const reads = [read(ID, 'reader-1', 'analytics', 1, [2, 7]), read(ID, 'reader-2', 'analytics', 1, [2, 7])]
    expect(traced(LOG, [...readers, sentTo2, ...reads]).verdict).toMatchObject({ shape: 'mixed' })
  })

  test('a single consumer proves no shape', () => {
    const { verdict } = traced(QUEUE, [workers[0] as Draft, sent(QUEUE), delivered(QUEUE, ID, 'worker-1', 1)])
    expect(verdict).toMatchObject({ kind: 'got', got: 1, of: 1, shape: 'single' })
  })

  test('everyone who had joined counts, absent and paused ones included; who joined later does not', () => {
    const absent = consumer(QUEUE, 'worker-3', 'crashed', {}, BEFORE)
    const paused = consumer(QUEUE, 'worker-4', 'paused', {}, BEFORE)
    const late = consumer(QUEUE, 'worker-5', 'attached', { since: LATER }, LATER)
    const drafts = [...workers, absent, paused, sent(QUEUE), delivered(QUEUE, ID, 'worker-1', 1), late]
    expect(traced(QUEUE, drafts).verdict).toMatchObject({ got: 1, of: 4, shape: 'queue', fates: [] })
  })

  test('after a crash the verdict says that the other worker finished it', () => {
    const drafts = [
      ...workers,
      sent(QUEUE),
      delivered(QUEUE, ID, 'worker-1', 1),
      consumer(QUEUE, 'worker-1', 'crashed', {}, LATER),
      delivered(QUEUE, ID, 'worker-2', 1, { redelivered: true, at: LATER }),
    ]
    const held = traced(QUEUE, drafts)
    expect(held.verdict).toMatchObject({ got: 1, of: 2, by: ['worker-2'], finished: false })
    expect(held.ghosts.get('worker-1')).toEqual({ why: 'crashed-holding', now: 'worker-2' })
    const done = traced(QUEUE, [...drafts, settled('acknowledged', QUEUE, ID, 'worker-2', 1)])
    expect(done.verdict).toMatchObject({ shape: 'queue', finished: true })
  })

  test('what a crashed reader had not committed is lost, and its group finishes it', () => {
    const drafts = [
      ...readers,
      ...shares,
      sentTo2,
      read(ID, 'reader-2', 'analytics', 1, [2, 7]),
      reader('reader-2', 'analytics', 'crashed', LATER),
      read(ID, 'reader-1', 'analytics', 1, [2, 7], { redelivered: true }),
      committed('analytics', 2, 8),
    ]
    const { verdict, ghosts } = traced(LOG, drafts)
    expect(verdict).toMatchObject({ got: 1, groups: { got: 1, of: 2 }, finished: true, by: ['reader-1'] })
    expect(ghosts.get('reader-2')).toEqual({ why: 'crashed-holding', now: 'reader-1' })
  })

  test('a commit of what nobody read again after a crash is the crashed reader’s', () => {
    const drafts = [
      ...readers,
      sentTo2,
      read(ID, 'reader-2', 'analytics', 1, [2, 7]),
      reader('reader-2', 'analytics', 'crashed', LATER),
      committed('analytics', 2, 9),
    ]
    expect(traced(LOG, drafts).cords.get('reader-2')?.state).toBe('committed')
  })

  test('when nobody received it, the verdict comes from the receipt', () => {
    expect(traced(QUEUE, workers).verdict).toEqual({ kind: 'none' })
    expect(traced(QUEUE, [...workers, sent(QUEUE)], null).verdict).toEqual({ kind: 'none' })
    expect(traced(QUEUE, [...workers, sent(QUEUE)]).verdict).toEqual({ kind: 'stored', number: 1, of: 2 })
    expect(traced(QUEUE, [...workers, receipt('refused', QUEUE, ID)]).verdict).toMatchObject({
      kind: 'refused',
    })
    expect(traced(QUEUE, [...workers, returned(QUEUE, ID)]).verdict).toMatchObject({ kind: 'returned' })
    expect(traced(QUEUE, [...workers, receipt('uncertain', QUEUE, ID)]).verdict).toMatchObject({
      kind: 'uncertain',
    })
    expect(traced(CHANNEL, [unheard(CHANNEL, ID)]).verdict).toMatchObject({ kind: 'unheard', of: 0 })
    expect(traced(CHANNEL, [...subscribers, sent(CHANNEL)]).verdict).toMatchObject({ kind: 'waiting' })
  })

  test('a later delivery settles an uncertain send', () => {
    const drafts = [...workers, receipt('uncertain', QUEUE, ID), delivered(QUEUE, ID, 'worker-1', 1)]
    expect(traced(QUEUE, drafts).verdict).toMatchObject({ kind: 'got', got: 1 })
  })

  test('a message sent elsewhere was not sent here', () => {
    const ledger = createLedger()
    ledger.applyAll(
      numbered([destination(QUEUE), destination(CHANNEL), ...subscribers, ...workers, sent(QUEUE)]),
    )
    const { verdict, ghosts, receipt } = ledger.trace('redis', 'chatroom', ID)
    expect([verdict, receipt]).toEqual([{ kind: 'not-sent', to: [] }, null])
    expect(ghosts.get('subscriber-1')).toEqual({ why: 'not-sent-here' })
  })

  test('a message sent to several systems is on its way to those that have not answered, and nowhere else', () => {
    const ledger = createLedger()
    const sentTo = [QUEUE, CHANNEL]
    ledger.applyAll(
      numbered([
        ...[
          destination(QUEUE),
          destination(CHANNEL),
          destination(LOG),
          ...subscribers,
          ...workers,
          ...readers,
        ],
        sent(QUEUE, { sentTo }),
      ]),
    )
    const { verdict, ghosts, receipt } = ledger.trace('redis', 'chatroom', ID)
    expect([verdict, receipt]).toEqual([{ kind: 'waiting', number: 1 }, { state: 'pending' }])
    expect(ghosts.get('subscriber-1')).toEqual({ why: 'waiting' })
    expect(ledger.trace('kafka', 'datascience', ID).verdict).toEqual({ kind: 'not-sent', to: [] })
  })

  test('a message sent to another destination of the same system is said to be there, with its mode', () => {
    const OTHER = { system: 'rabbitmq', destination: 'announcements' }
    const made = destination(OTHER)
    if (made.kind !== 'destination' || made.now === null) throw new Error('it has a destination')
    const ledger = createLedger()
    const drafts = [destination(QUEUE), { ...made, now: { ...made.now, mode: 'fanout' as const } }]
    ledger.applyAll(numbered([...drafts, ...workers, sent(OTHER)]))
    const to = (mode: 'fanout' | null) => ({
      kind: 'not-sent',
      to: [{ destination: 'announcements', mode }],
    })
    expect(ledger.trace('rabbitmq', 'mailbox', ID).verdict).toEqual(to('fanout'))
    ledger.applyAll(numbered([{ ...made, now: null }], ledger.seq + 1))
    expect(ledger.trace('rabbitmq', 'mailbox', ID).verdict).toEqual(to(null))
  })

  test('a destination made again under the name of another is not where the message was sent', () => {
    const made = destination(QUEUE)
    if (made.kind !== 'destination') throw new Error('it is a destination event')
    const again = [...workers, sent(QUEUE), { ...made, now: null }, made]
    expect(traced(QUEUE, again).verdict).toMatchObject({ kind: 'not-sent' })
  })

  test('a message that only outside listeners heard went elsewhere', () => {
    expect(traced(CHANNEL, [sent(CHANNEL, { heardBy: 2 })]).verdict).toEqual({
      kind: 'elsewhere',
      number: 1,
      of: 0,
      heardBy: 2,
    })
    const away = subscribers.map((draft) =>
      draft.kind === 'consumer' ? { ...draft, now: { ...draft.now, state: 'crashed' as const } } : draft,
    )
    expect(traced(CHANNEL, [...away, sent(CHANNEL, { heardBy: 2 })]).verdict).toEqual({
      kind: 'elsewhere',
      number: 1,
      of: 2,
      heardBy: 2,
    })
  })

  test('a message that left the queue unseen does not count as waiting there', () => {
    const stored = traced(QUEUE, [...workers, sent(QUEUE), facts(1, 0, LATER)])
    expect(stored.verdict).toMatchObject({ kind: 'stored' })
    const gone = traced(QUEUE, [...workers, sent(QUEUE), facts(0, 0, LATER)])
    expect(gone.verdict).toEqual({ kind: 'left-unseen', number: 1 })
    expect(gone.ghosts.get('worker-1')).toEqual({ why: 'left-unseen' })
  })

  test('does not take a queue for empty by a figure that may be older than the message', () => {
    const held = traced(QUEUE, [...workers, sent(QUEUE), facts(0, 0, LATER, 5_000)])
    expect(held.verdict).toMatchObject({ kind: 'stored' })
    const gone = traced(QUEUE, [...workers, sent(QUEUE), facts(0, 0, LATER + 5_000, 5_000)])
    expect(gone.verdict).toEqual({ kind: 'left-unseen', number: 1 })
  })

  test('a single group is a queue', () => {
    const drafts = [...readers.slice(0, 2), ...shares, sentTo2, read(ID, 'reader-2', 'analytics', 1, [2, 7])]
    expect(traced(LOG, drafts).verdict).toMatchObject({
      shape: 'queue',
      got: 1,
      of: 2,
      groups: { got: 1, of: 1 },
    })
  })
})
