import { describe, expect, test } from 'vitest'
import { markOf } from '#components/timeline/marks.ts'
import { layOutRows, type Row } from '#components/timeline/rows.ts'
import { createSpans } from '#components/timeline/spans.ts'
import { madeWords, notOursWords } from '#components/words/faults.ts'
import { timelineWords } from '#components/words/timeline.ts'
import type { MadeFault } from '#lib/protocol/faults.ts'
import { AT, type Draft, numbered, published, QUEUE } from '#test/unit/ledger/event-maker.ts'

const MS = 1_000

const fault = (made: MadeFault, ms: number, consumer?: string) => {
  const place = consumer === undefined ? {} : { destination: 'mailbox', consumer }
  const draft = { ...published(QUEUE, 'x'), ...{ kind: 'fault', system: 'rabbitmq', code: 'made', text: '' } }
  const { destination: _destination, ...rest } = draft as Draft & { destination: string }
  return { ...rest, ...place, made, at: AT + ms } as Draft
}

describe('a fault that somebody made', () => {
  test('is a mark on its consumer’s row, or on the first row of its broker', () => {
    const [onLine, onBroker] = numbered([
      fault({ what: 'freeze', phase: 'begins' }, 0, 'worker-1'),
      fault({ what: 'pause', phase: 'begins' }, 0),
    ]).map(markOf)
    expect([onLine?.row, onLine?.kind]).toEqual(['rabbitmq/mailbox/worker-1', 'fault'])
    const keys = ['redis/chatroom', 'rabbitmq/mailbox', 'rabbitmq/mailbox/worker-1']
    const rows = keys.map((key) => ({ key, system: key.split('/')[0] }) as Row)
    expect(layOutRows(rows, 20).index.get(onBroker?.row ?? '')).toBe(1)
  })

  test('is a span from its beginning to its end, on one row or on all of a broker; a cut is none', () => {
    const spans = createSpans()
    const events = numbered([
      fault({ what: 'slow', phase: 'begins', latencyMs: 200 }, 0, 'worker-1'),
      fault({ what: 'kill', phase: 'begins' }, MS),
      fault({ what: 'slow', phase: 'ends', latencyMs: 200 }, 2 * MS, 'worker-1'),
      fault({ what: 'cut', phase: 'once' }, 3 * MS, 'worker-1'),
    ])
    for (const event of events) spans.take(event)
    expect(
      spans.all.map(({ row, kind, from, until }) => [row, kind, from - AT, until && until - AT]),
    ).toEqual([
      ['rabbitmq/mailbox/worker-1', 'fault', 0, 2 * MS],
      ['rabbitmq', 'fault', MS, null],
    ])
  })

  test('says who did what to whom, and how it ended', () => {
    const [began] = numbered([
      fault({ what: 'slow', phase: 'begins', by: 'Ada', latencyMs: 200, jitterMs: 50 }, 0, 'worker-1'),
    ])
    expect(began && timelineWords(began, 'RabbitMQ', null)).toBe(
      'Ada slowed the line of worker-1 by 200 ms each way, up to 50 ms more',
    )
    expect(madeWords({ what: 'pause', phase: 'ends', by: 'Grace' }, 'Redis')).toBe('Grace resumed Redis')
    expect(madeWords({ what: 'kill', phase: 'ends' }, 'Redis')).toBe('Redis: the fault is over')
    expect(madeWords({ what: 'cut', phase: 'once' }, 'worker-1')).toBe('Somebody cut the line of worker-1')
    expect(notOursWords('shared', 'Kafka')).toBe('Another dashboard uses this Kafka too.')
    expect(notOursWords('a reason of another release', 'Kafka')).toContain('not the dashboard’s to stop')
  })
})
