import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import {
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  facts,
  LOG,
  numbered,
  type Place,
  positions,
  published,
  QUEUE,
  read,
  receipt,
  settled,
  unheard,
} from './event-maker.ts'

/** What is kept of `m1` after these events, the room's usual consumers being there. */
function keptAfter(place: Place, drafts: readonly Draft[], mode?: object) {
  const ledger = createLedger()
  const declared = destination(place)
  if (declared.kind === 'destination' && declared.now && mode) Object.assign(declared.now, mode)
  const there = ['one', 'two'].map((name) => consumer(place, name, 'attached'))
  ledger.applyAll(numbered([declared, ...there, ...drafts]))
  return ledger.trace(place.system, place.destination, 'm1').kept
}

const sent = (place: Place, more: object = {}): Draft =>
  ({ ...published(place, 'm1', more), ...content(1) }) as Draft
const offset = { address: { kind: 'offset', topic: 'datascience', partition: 2, offset: '3' } }

describe('a queue keeps a message', () => {
  const handed = [sent(QUEUE), delivered(QUEUE, 'm1', 'one', 1)]

  test('ready until somebody has it, and for that one until it is acknowledged', () => {
    expect(keptAfter(QUEUE, [sent(QUEUE)])).toEqual({ where: 'ready' })
    expect(keptAfter(QUEUE, handed)).toEqual({ where: 'unacked', by: 'one' })
    expect(keptAfter(QUEUE, [...handed, settled('acknowledged', QUEUE, 'm1', 'one', 1)])).toEqual({
      where: 'nowhere',
    })
  })

  test('ready again when it is given back, or its worker crashed', () => {
    expect(keptAfter(QUEUE, [...handed, settled('requeued', QUEUE, 'm1', 'one', 1)])).toEqual({
      where: 'ready',
    })
    expect(keptAfter(QUEUE, [...handed, consumer(QUEUE, 'one', 'crashed')])).toEqual({ where: 'ready' })
  })

  test('of a stream’s group also when it is acknowledged, and for the crashed one until another takes it over', () => {
    const jobs = { system: 'redis', destination: 'jobs' }
    const entry = {
      address: { kind: 'entry', stream: 'jobs', id: '1-0' },
      group: 'workers',
      inHand: true,
    } as const
    const handedHere = [sent(jobs), delivered(jobs, 'm1', 'one', 1, entry)]
    const queue = { mode: 'queue', settings: { kind: 'stream' } }
    const acked = settled('acknowledged', jobs, 'm1', 'one', 1)
    expect(keptAfter(jobs, [...handedHere, acked], queue)).toEqual({ where: 'settled' })
    expect(keptAfter(jobs, [...handedHere, acked], { mode: 'queue', settings: { kind: 'list' } })).toEqual({
      where: 'nowhere',
    })
    expect(keptAfter(jobs, [...handedHere, consumer(jobs, 'one', 'crashed')], queue)).toEqual({
      where: 'unacked',
      by: 'one',
    })
  })

  test('is not known to keep a message that nobody here received, once the queue is empty', () => {
    expect(keptAfter(QUEUE, [sent(QUEUE), facts(0, 0, Date.now())])).toEqual({ where: 'unknown' })
  })
})

describe('a fan-out', () => {
  test('that keeps nothing has no copy, whoever heard it', () => {
    expect(keptAfter(CHANNEL, [sent(CHANNEL)])).toEqual({ where: 'nowhere' })
    expect(keptAfter(CHANNEL, [{ ...unheard(CHANNEL, 'm1'), ...content(1) } as Draft])).toEqual({
      where: 'nowhere',
    })
  })

  test('with a queue for each subscriber keeps a copy for those who have not settled it', () => {
    const drafts = [sent(QUEUE), delivered(QUEUE, 'm1', 'one', 1), delivered(QUEUE, 'm1', 'two', 1)]
    const kept = (...more: Draft[]) => keptAfter(QUEUE, [...drafts, ...more], { mode: 'fanout' })
    expect(kept()).toEqual({ where: 'queues', of: ['one', 'two'] })
    expect(kept(settled('acknowledged', QUEUE, 'm1', 'one', 1))).toEqual({ where: 'queues', of: ['two'] })
    expect(kept(settled('acknowledged', QUEUE, 'm1', 'one', 1), consumer(QUEUE, 'two', 'crashed'))).toEqual({
      where: 'nowhere',
    })
  })
})

describe('a log', () => {
  test('keeps what was read, until its oldest position lies beyond it', () => {
    const drafts = [sent(LOG, offset), read('m1', 'one', 'analytics', 1, [2, 3])]
    expect(keptAfter(LOG, drafts)).toEqual({ where: 'log' })
    const trimmed = positions({ analytics: 8 })
    if (trimmed.kind === 'facts' && trimmed.facts.mode === 'log')
      trimmed.facts.partitions = [{ partition: 2, low: '4', end: '8' }]
    expect(keptAfter(LOG, [...drafts, trimmed])).toEqual({ where: 'nowhere' })
  })
})

test('a refused message is kept nowhere that could be named, and of an uncertain one it is not known', () => {
  const failed = (kind: 'refused' | 'uncertain') =>
    keptAfter(QUEUE, [{ ...receipt(kind, QUEUE, 'm1'), ...content(1) } as Draft])
  expect([failed('refused'), failed('uncertain')]).toEqual([null, { where: 'unknown' }])
})
