import { expect, test } from 'vitest'
import { tracedRows } from '#components/timeline/traced.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import {
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  numbered,
  published,
  QUEUE,
  settled,
} from '#test/unit/ledger/event-maker.ts'

function rowsAfter(...drafts: Draft[]) {
  const views = createLedger()
  views.applyAll(numbered(drafts))
  return tracedRows({
    views,
    held: [],
    trace: { messageId: 'm1', pinned: false, since: 0 },
  } as unknown as Feed)
}

const opening = [
  destination(QUEUE),
  destination(CHANNEL),
  consumer(QUEUE, 'worker-1', 'attached'),
  consumer(QUEUE, 'worker-2', 'attached'),
  { ...published(QUEUE, 'm1'), ...content(1) } as Draft,
  delivered(QUEUE, 'm1', 'worker-1', 1),
]

test('the Timeline says on a row without the followed message why, and on the broker’s row what it keeps and for how long', () => {
  const held = rowsAfter(...opening)
  expect(held.get('rabbitmq/mailbox/worker-2')).toMatchObject({ kind: 'absent', short: 'taken by worker-1' })
  expect(held.has('rabbitmq/mailbox/worker-1')).toBe(false)
  expect(held.get('rabbitmq/mailbox')).toMatchObject({ kind: 'kept', short: 'until ack', stored: 'to-now' })
  const settledSince = rowsAfter(...opening, settled('acknowledged', QUEUE, 'm1', 'worker-1', 1))
  expect(settledSince.get('rabbitmq/mailbox')).toEqual({
    kind: 'kept',
    short: 'no copy',
    whole: 'RabbitMQ keeps no copy of it.',
    stored: 'until-last',
  })
})

test('it says nothing of a broker that the message was not sent to', () => {
  expect([...rowsAfter(...opening).keys()].filter((key) => key.startsWith('redis'))).toEqual([])
})
