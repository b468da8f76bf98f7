import { describe, expect, test } from 'vitest'
import { countIn } from '#components/timeline/find-marks.ts'
import { createTimelineLog } from '#components/timeline/log.ts'
import { markOf } from '#components/timeline/marks.ts'
import { indexOf, layOutRows, type Row } from '#components/timeline/rows.ts'
import { createSpans } from '#components/timeline/spans.ts'
import { START } from '#components/timeline/window.ts'
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

  test('of a consumer whose lane is not shown is a mark on its broker’s first row, and is counted there', () => {
    const log = createTimelineLog()
    log.take(numbered([fault({ what: 'cut', phase: 'once' }, 0, 'worker-9')]))
    const rows = ['redis/chatroom', 'rabbitmq/orders'].map(
      (key) => ({ key, system: key.split('/')[0] }) as Row,
    )
    const layout = layOutRows(rows, 20)
    const [cut] = numbered([fault({ what: 'cut', phase: 'once' }, 0, 'worker-9')]).map(markOf)
    expect(cut && indexOf(layout, cut)).toBe(1)
    expect(cut && indexOf(layout, { ...cut, kind: 'crashed' })).toBeUndefined()
    const counts = countIn(log, layout, START, AT + MS)
    expect(counts.get('rabbitmq/orders')?.get('fault')).toBe(1)
  })

  test('is a span from its beginning to its end, on one row or on all of a broker; a cut is over as it happens', () => {
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
      ['rabbitmq/mailbox/worker-1', 'fault', 3 * MS, 3 * MS],
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
