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
  LOG,
  numbered,
  type Place,
  published,
  QUEUE,
  read,
} from './event-maker.ts'

const ID = 'message-1'
const BEFORE = AT - 1_000
const LATER = AT + 1_000

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

describe('a ghost says why', () => {
  const why = (place: Place, name: string, drafts: readonly Draft[]) => traced(place, drafts).ghosts.get(name)

  test('it was away, and nothing is kept', () => {
    const away = consumer(CHANNEL, 'subscriber-2', 'crashed', {}, BEFORE)
    const copy = delivered(CHANNEL, ID, 'subscriber-1', 1)
    expect(why(CHANNEL, 'subscriber-2', [...subscribers, away, sent(CHANNEL), copy])).toEqual({
      why: 'absent-gone',
    })
  })

  test('it joined later, and nothing is kept', () => {
    const late = consumer(CHANNEL, 'subscriber-3', 'attached', { since: LATER }, LATER)
    const drafts = [...subscribers, sent(CHANNEL), delivered(CHANNEL, ID, 'subscriber-1', 1), late]
    expect(why(CHANNEL, 'subscriber-3', drafts)).toEqual({ why: 'sent-before-joining' })
  })

  test('it is away, and the queue keeps what nobody has', () => {
    const crashed = consumer(QUEUE, 'worker-1', 'crashed', {}, BEFORE)
    expect(why(QUEUE, 'worker-1', [crashed, sent(QUEUE)])).toEqual({
      why: 'absent-waits',
      until: 'it',
    })
  })

  test('all workers are away, and any of them who is back takes it', () => {
    const both = ['worker-1', 'worker-2'].map((name) => consumer(QUEUE, name, 'crashed', {}, BEFORE))
    for (const name of ['worker-1', 'worker-2']) {
      expect(why(QUEUE, name, [...both, sent(QUEUE)])).toEqual({ why: 'absent-waits', until: 'anyone' })
    }
  })

  test('the owner of its partition is away: another reader gets that in time, or it waits for anyone', () => {
    const before = [...readers, ...shares]
    const crashed = [...before, reader('reader-2', 'analytics', 'crashed'), sentTo2]
    expect(why(LOG, 'reader-2', crashed)).toEqual({ why: 'absent-waits', until: 'taken', partition: 2 })
    expect(why(LOG, 'reader-1', crashed)).toEqual({
      why: 'other-partition',
      partition: 2,
      owner: 'reader-2',
      ownerIsAway: true,
    })
    const both = [...crashed, reader('reader-1', 'analytics', 'crashed')]
    for (const name of ['reader-1', 'reader-2']) {
      expect(why(LOG, name, both)).toEqual({ why: 'absent-waits', until: 'anyone' })
    }
  })

  test('a worker that joined after another one had it was no candidate', () => {
    const first = consumer(QUEUE, 'worker-1', 'attached', {}, BEFORE)
    const late = consumer(QUEUE, 'worker-3', 'attached', { since: LATER }, LATER)
    const drafts = [first, sent(QUEUE), delivered(QUEUE, ID, 'worker-1', 1), late]
    expect(why(QUEUE, 'worker-3', drafts)).toEqual({ why: 'sent-before-joining' })
  })

  test('it is paused', () => {
    const paused = consumer(QUEUE, 'worker-1', 'paused', {}, BEFORE)
    expect(why(QUEUE, 'worker-1', [paused, sent(QUEUE)])).toEqual({ why: 'paused' })
    const pausedReader = reader('reader-3', 'audit', 'paused')
    expect(why(LOG, 'reader-3', [pausedReader, ...shares, sentTo2])).toEqual({ why: 'paused' })
  })

  test('its group is rebalancing', () => {
    const drafts = [...readers, assignment('analytics', 'rebalancing', []), sentTo2]
    expect(why(LOG, 'reader-1', drafts)).toEqual({ why: 'rebalancing' })
  })

  test('it waits behind a record that its reader fails at again and again, until the group is past that', () => {
    const bad = (attempt: number) =>
      read('bad', 'reader-2', 'analytics', attempt, [2, 5], {
        ...content(9),
        attempt,
        redelivered: attempt > 1,
      })
    const first = [...readers, ...shares, sentTo2, bad(1)]
    expect(why(LOG, 'reader-2', first)).toEqual({ why: 'waiting' })
    const failing = [...first, bad(2)]
    expect(why(LOG, 'reader-2', failing)).toEqual({ why: 'held-up', behind: 9 })
    expect(why(LOG, 'reader-1', failing)).toMatchObject({ why: 'other-partition' })
    expect(why(LOG, 'reader-2', [...failing, committed('analytics', 2, 6)])).toEqual({ why: 'waiting' })
  })

  test('the newest assignment names the owner, not the one before', () => {
    const moved = assignment('analytics', 'stable', [{ consumer: 'reader-1', partitions: [0, 1, 2] }])
    const drafts = [...readers, ...shares, moved, sentTo2]
    expect(why(LOG, 'reader-2', drafts)).toEqual({ why: 'other-partition', partition: 2, owner: 'reader-1' })
    expect(why(LOG, 'reader-1', drafts)).toEqual({ why: 'waiting' })
  })

  test('a partition that a program outside reads has no owner here', () => {
    const shared = assignment('analytics', 'stable', [{ consumer: 'reader-1', partitions: [0, 1] }])
    const drafts = [...readers, shared, sentTo2]
    expect(why(LOG, 'reader-1', drafts)).toEqual({ why: 'other-partition', partition: 2, owner: null })
  })

  test('a group that began later does not read what was sent before', () => {
    const late = consumer(LOG, 'reader-9', 'attached', { group: 'late', since: LATER }, LATER)
    const share = assignment('late', 'stable', [{ consumer: 'reader-9', partitions: [0, 1, 2] }])
    expect(why(LOG, 'reader-9', [...readers, sentTo2, late, share])).toEqual({ why: 'sent-before-joining' })
  })
})
