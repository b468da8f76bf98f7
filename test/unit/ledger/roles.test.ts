import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import {
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  numbered,
  published,
  QUEUE,
} from './event-maker.ts'

const ID = 'message-1'
const worker = consumer(QUEUE, 'worker-1', 'attached')
const undertaker = consumer(QUEUE, 'worker-1', 'attached', { role: 'dead-letters' })
const sent = published(QUEUE, ID, content(1))

function ledgerOf(...drafts: Draft[]) {
  const ledger = createLedger()
  ledger.applyAll(numbered([destination(QUEUE), ...drafts]))
  return ledger
}
const traced = (...drafts: Draft[]) => ledgerOf(...drafts).trace(QUEUE.system, QUEUE.destination, ID)

describe('a consumer that reads dead letters from some moment on', () => {
  test('keeps what it received as a worker before', () => {
    const { verdict, cords } = traced(worker, sent, delivered(QUEUE, ID, 'worker-1', 1), undertaker)
    expect(verdict).toMatchObject({ kind: 'got', got: 1, by: ['worker-1'] })
    expect([...cords.keys()]).toEqual(['worker-1'])
  })

  test('is no recipient of a message that it got as a dead letter, whatever its role is now', () => {
    const { verdict } = traced(undertaker, sent, delivered(QUEUE, ID, 'worker-1', 1), worker)
    expect(verdict.kind).not.toBe('got')
  })

  test('keeps the duplicates that were counted before', () => {
    const twice = ledgerOf(
      worker,
      consumer(QUEUE, 'worker-2', 'attached'),
      sent,
      delivered(QUEUE, ID, 'worker-2', 1),
      delivered(QUEUE, ID, 'worker-1', 2),
      undertaker,
    )
    expect(twice.tally(QUEUE.system, QUEUE.destination)?.duplicates).toBe(1)
    const { messages } = twice.countedIn(QUEUE.system, QUEUE.destination, 'duplicates')
    expect(messages.map(({ number }) => number)).toEqual([1])
  })
})
