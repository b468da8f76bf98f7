import { describe, expect, test } from 'vitest'
import { type EffectViews, effectsOf } from '#components/timeline/fault-effects.ts'
import { createTimelineLog } from '#components/timeline/log.ts'
import { isFault } from '#components/timeline/spans.ts'
import { faultWords } from '#components/words/faults.ts'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { MadeFault } from '#lib/protocol/faults.ts'
import {
  AT,
  CHANNEL,
  consumer,
  type Draft,
  delivered,
  numbered,
  type Place,
  published,
  QUEUE,
  receipt,
  unheard,
} from '#test/unit/ledger/event-maker.ts'

const MS = 1_000
const at = (ms: number, draft: Draft): Draft => ({ ...draft, at: AT + ms })

const made = (
  fault: MadeFault,
  ms: number,
  place: { system: string; destination?: string; consumer?: string },
) => {
  const { destination: _destination, ...rest } = published(QUEUE, 'x') as Draft & { destination: string }
  return at(ms, { ...rest, ...place, kind: 'fault', code: 'made', text: '', made: fault } as Draft)
}

const CONSUMERS: Readonly<Record<string, readonly string[]>> = {
  redis: ['subscriber-1', 'subscriber-2', 'subscriber-3'],
  rabbitmq: ['worker-1', 'worker-2'],
}

/** The classic destination of each system, with its consumers. */
const views = {
  destination: (system: string) => ({
    destination: { ...manifestOf(system)?.classic, settings: {} },
    consumers: CONSUMERS[system]?.map((name) => ({ name, settings: {} })) ?? [],
  }),
  message: () => undefined,
} as unknown as EffectViews

/** The words of the first fault among the events, read at the time of the last one. */
function wordsOf(...drafts: Draft[]): string {
  const log = createTimelineLog()
  log.take(numbered(drafts))
  const [span] = log.spans.filter(isFault)
  if (span?.event.made === undefined) throw new Error('no fault among the events')
  const { system = '', consumer: whose } = span.event
  const effects = effectsOf(span, log, views, Math.max(...drafts.map((draft) => draft.at)))
  return faultWords(span.event.made, manifestOf(system)?.label ?? '', whose, effects)
}

const state = (place: Place, name: string, now: 'attached' | 'attaching' | 'crashed', ms: number) =>
  consumer(place, name, now, {}, AT + ms)

describe('the effects of a broker’s fault', () => {
  const REDIS = { system: 'redis' }
  const paused = { what: 'pause', phase: 'begins', by: 'anna' } as const
  const resumed = { what: 'pause', phase: 'ends', by: 'anna' } as const

  test('are who was away, and what was lost to them', () => {
    const names = CONSUMERS.redis ?? []
    const words = wordsOf(
      made(paused, 0, REDIS),
      ...names.map((name) => state(CHANNEL, name, 'attaching', MS)),
      ...['a', 'b', 'c'].map((id) => at(2 * MS, published(CHANNEL, id))),
      at(3 * MS, unheard(CHANNEL, 'd')),
      made(resumed, 12 * MS, REDIS),
      ...names.map((name) => state(CHANNEL, name, 'attached', 13 * MS)),
      at(14 * MS, published(CHANNEL, 'e')),
    )
    expect(words).toBe('Redis paused by anna: 12 s, 3 subscribers away, 4 messages missed')
  })

  test('say who is still away, go on until everybody is back, and end with the next fault of the same broker', () => {
    const before = [made(paused, 0, REDIS), made(resumed, 2 * MS, REDIS)]
    const away = [
      state(CHANNEL, 'subscriber-1', 'attaching', MS),
      state(CHANNEL, 'subscriber-2', 'attaching', MS),
    ]
    const back = state(CHANNEL, 'subscriber-1', 'attached', 3 * MS)
    const late = at(60 * MS, published(CHANNEL, 'late'))
    expect(wordsOf(...before, ...away, back, late)).toBe(
      'Redis paused by anna: 2,000 ms, 2 subscribers away, 1 of them still, 1 message missed',
    )
    const next = made({ what: 'kill', phase: 'begins' }, 50 * MS, REDIS)
    expect(wordsOf(...before, ...away, back, next, late)).toBe(
      'Redis paused by anna: 2,000 ms, 2 subscribers away',
    )
  })

  test('of a broker include who lost it a moment before the mark, who is not an effect of the fault before', () => {
    const lost = state(CHANNEL, 'subscriber-1', 'attaching', 4 * MS - 30)
    const kill = made({ what: 'kill', phase: 'begins' }, 4 * MS, REDIS)
    const ended = made({ what: 'kill', phase: 'ends' }, 6 * MS, REDIS)
    const back = state(CHANNEL, 'subscriber-1', 'attached', 7 * MS)
    expect(wordsOf(made(paused, 0, REDIS), made(resumed, 2 * MS, REDIS), lost, kill, ended, back)).toBe(
      'Redis paused by anna: 2,000 ms, nobody away',
    )
    expect(wordsOf(lost, kill, ended, back)).toBe('Redis killed: 2,000 ms, 1 subscriber away')
  })

  test('leave out what is another broker’s, what somebody did besides, and what came long after its end', () => {
    const words = wordsOf(
      made(paused, 0, REDIS),
      state(QUEUE, 'worker-1', 'attaching', MS),
      state(CHANNEL, 'subscriber-1', 'crashed', MS),
      made(resumed, 2 * MS, REDIS),
      state(CHANNEL, 'subscriber-2', 'attaching', 60 * MS),
    )
    expect(words).toBe('Redis paused by anna: 2,000 ms, nobody away')
  })

  test('are sends that failed, and messages that came again', () => {
    const RABBIT = { system: 'rabbitmq' }
    const words = wordsOf(
      at(0, delivered(QUEUE, 'a', 'worker-1', 1)),
      made({ what: 'kill', phase: 'begins' }, MS, RABBIT),
      state(QUEUE, 'worker-1', 'attaching', MS),
      at(2 * MS, receipt('uncertain', QUEUE, 'b')),
      at(2 * MS, receipt('refused', QUEUE, 'c')),
      made({ what: 'kill', phase: 'ends' }, 9 * MS, RABBIT),
      at(10 * MS, delivered(QUEUE, 'a', 'worker-2', 1, { redelivered: true })),
    )
    expect(words).toBe(
      'RabbitMQ killed: 8,000 ms, 1 worker still away, 1 message delivered again, 1 send uncertain, 1 send refused',
    )
  })
})

describe('the effects of a line’s fault', () => {
  const LINE = { ...CHANNEL, consumer: 'subscriber-1' }

  test('are what does not get through while it holds, and what is missed once it is over', () => {
    const frozen = made({ what: 'freeze', phase: 'begins', by: 'anna' }, 0, LINE)
    const sent = at(MS, published(CHANNEL, 'a'))
    const others = at(MS, delivered(CHANNEL, 'a', 'subscriber-2', 1))
    expect(wordsOf(frozen, sent, others)).toBe(
      'subscriber-1’s line frozen by anna: 1,000 ms so far, 1 message not through yet',
    )
    const ended = made({ what: 'freeze', phase: 'ends' }, 2 * MS, LINE)
    const gone = [state(CHANNEL, 'subscriber-1', 'attaching', 2 * MS), ended]
    const back = state(CHANNEL, 'subscriber-1', 'attached', 3 * MS)
    expect(wordsOf(frozen, sent, others, ...gone, back)).toBe(
      'subscriber-1’s line frozen by anna: 2,000 ms, away for 1,000 ms, 1 message missed',
    )
    const after = at(3 * MS, delivered(CHANNEL, 'a', 'subscriber-1', 1, { latencyMs: 2_004 }))
    expect(wordsOf(frozen, sent, ended, after)).toBe(
      'subscriber-1’s line frozen by anna: 2,000 ms, 1 message late by 2,004 ms',
    )
  })

  test('are messages that come late as the delay explains, and no others', () => {
    const slow = made({ what: 'slow', phase: 'begins', latencyMs: 200 }, 0, LINE)
    const got = (id: string, latencyMs: number) =>
      at(MS, delivered(CHANNEL, id, 'subscriber-1', 1, { latencyMs }))
    expect(wordsOf(slow, got('a', 401), got('b', 402), got('c', 3))).toBe(
      'subscriber-1’s line slowed by 200 ms each way: 1,000 ms so far, 2 messages late by up to 402 ms',
    )
    expect(wordsOf(slow, got('c', 3))).toContain('it stayed connected')
  })

  test('are the messages that it held and another consumer gets, and no others', () => {
    const cut = made({ what: 'cut', phase: 'once', by: 'anna' }, MS, { ...QUEUE, consumer: 'worker-1' })
    const again = (id: string) => at(2 * MS, delivered(QUEUE, id, 'worker-2', 2, { redelivered: true }))
    const words = wordsOf(
      delivered(QUEUE, 'mine', 'worker-1', 1),
      delivered(QUEUE, 'other', 'worker-2', 1),
      cut,
      state(QUEUE, 'worker-1', 'attaching', MS),
      again('mine'),
      again('other'),
      state(QUEUE, 'worker-1', 'attached', 2_240),
    )
    expect(words).toBe('worker-1’s line cut by anna: away for 1,240 ms, 1 message delivered again')
  })
})
