import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { outcomeOf } from '#lib/lessons/expectations.ts'
import { LessonView } from '#lib/lessons/lesson-view.ts'
import { Places } from '#lib/lessons/places.ts'
import { type Expectation, expectationSchema } from '#lib/protocol/lesson-expectation.ts'
import type { Scene } from '#lib/protocol/scene.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  delivered,
  destination,
  facts,
  gap,
  numbered,
  published,
  QUEUE,
  settled,
  unheard,
} from '../ledger/event-maker.ts'

const SCENE: Scene = {
  destinations: [
    {
      ...{ system: 'rabbitmq', mode: 'queue', name: 'mailbox' },
      consumers: [{ name: 'worker-1' }, { name: 'worker-2' }],
    },
    { system: 'redis', mode: 'fanout', name: 'chatroom', consumers: [{ name: 'subscriber-1' }] },
  ],
  load: [],
}

/** Two jobs, of which worker-1 got the second first and acknowledged it, and one message that nobody heard. */
function lessonView(): LessonView {
  const ledger = createLedger()
  ledger.applyAll(
    numbered([
      destination(QUEUE),
      consumer(QUEUE, 'worker-1', 'attached'),
      consumer(QUEUE, 'worker-2', 'attached'),
      destination(CHANNEL),
      consumer(CHANNEL, 'subscriber-1', 'attached'),
      published(QUEUE, 'a', content(1)),
      published(QUEUE, 'b', content(2)),
      unheard(CHANNEL, 'c'),
      delivered(QUEUE, 'b', 'worker-1', 1),
      delivered(QUEUE, 'a', 'worker-1', 2, { redelivered: true, attempt: 2 }),
      settled('acknowledged', QUEUE, 'b', 'worker-1', 1),
      gap({ reason: 'resubscribed', ...CHANNEL, consumer: 'subscriber-1' }),
      facts(0, 1, AT),
    ]),
  )
  const view = new LessonView(ledger, new Places(SCENE))
  view.noteSent('jobs', { id: 'a', text: 'job 1' })
  view.noteSent('jobs', { id: 'b', text: 'job 2' })
  view.noteSent('quiet', { id: 'c', text: 'nobody' })
  return view
}

const view = lessonView()
const outcome = (asked: unknown) => outcomeOf(expectationSchema.parse(asked) as Expectation, view)

describe('what holds, and what does not', () => {
  test.each([
    [
      { got: { who: 'worker-1', of: 'jobs', messages: 2 } },
      { got: { who: 'worker-1', of: 'jobs', messages: 3 } },
    ],
    [
      { got: { who: 'worker-1', texts: ['job 2', 'job 1'] } },
      { got: { who: 'worker-1', texts: ['job 1', 'job 2'] } },
    ],
    [
      { got: { who: 'worker-1', texts: ['job 1', 'job 2'], anyOrder: true } },
      { got: { who: 'worker-2', texts: ['job 1', 'job 2'], anyOrder: true } },
    ],
    [{ got: { who: 'worker-2', arrivals: 0 } }, { got: { who: 'worker-2', arrivals: { min: 1 } } }],
    [{ each: { of: 'jobs', consumers: 1 } }, { each: { consumers: 1 } }],
    [
      { order: { who: 'worker-1', of: 'jobs', is: 'broken' } },
      { order: { who: 'worker-1', of: 'jobs', is: 'kept' } },
    ],
    [{ receipt: { of: 'quiet', is: 'unheard' } }, { receipt: { of: 'jobs', is: 'unheard' } }],
    [
      { state: { of: 'jobs', is: 'in-hand', arrivals: 1 } },
      { state: { of: 'jobs', is: 'acknowledged', arrivals: 2 } },
    ],
    [{ attempts: { of: 'jobs', highest: 2 } }, { attempts: { of: 'quiet', highest: 1 } }],
    [{ redelivered: { of: 'jobs', arrivals: 1 } }, { redelivered: { of: 'jobs', arrivals: 0 } }],
    [{ kept: { on: 'mailbox', ready: 0, unacked: 1 } }, { kept: { on: 'mailbox', ready: 0, unacked: 0 } }],
    [{ kept: { on: 'mailbox', ready: { max: 3 } } }, { kept: { on: 'chatroom', subscribers: 1 } }],
    [
      { verdict: { of: 'jobs', on: 'mailbox', is: 'got', got: 1 } },
      { verdict: { of: 'quiet', on: 'chatroom', is: 'got' } },
    ],
    [
      { gap: { who: 'subscriber-1', reason: 'resubscribed' } },
      { gap: { who: 'worker-1', reason: 'lagging' } },
    ],
    [{ consumer: { who: 'worker-1', is: 'attached' } }, { consumer: { who: 'worker-1', is: 'crashed' } }],
  ])('%j, and not %j', (right, wrong) => {
    expect(outcome(right)).toMatchObject({ holds: true })
    expect(outcome(wrong)).toMatchObject({ holds: false })
  })

  test('“all” means every consumer that was there, those of people included: not one that was away, but one that missed the message', () => {
    const ledger = createLedger()
    const people = ['subscriber-2', 'subscriber-3'].map((name) =>
      consumer(CHANNEL, name, 'attached', { owner: { id: name, name } }),
    )
    const away = consumer(CHANNEL, 'subscriber-4', 'detached', { owner: { id: 'd', name: 'd' }, away: true })
    ledger.applyAll(
      numbered([
        ...[destination(CHANNEL), consumer(CHANNEL, 'subscriber-1', 'attached'), ...people, away],
        published(CHANNEL, 'a', { ...content(1), heardBy: 3 }),
        ...['subscriber-1', 'subscriber-2', 'subscriber-3'].map((name) => delivered(CHANNEL, 'a', name, 1)),
        published(CHANNEL, 'b', { ...content(2), heardBy: 2 }),
        delivered(CHANNEL, 'b', 'subscriber-1', 2),
        delivered(CHANNEL, 'b', 'subscriber-2', 2),
      ]),
    )
    const hall = new LessonView(ledger, new Places(SCENE))
    hall.noteSent('heard', { id: 'a', text: 'text 1' })
    hall.noteSent('missed', { id: 'b', text: 'text 2' })
    const all = (of: string) =>
      [
        { each: { of, on: 'chatroom', consumers: 'all' as const } },
        { receipt: { of, is: 'published' as const, heardBy: 'all' as const } },
        { verdict: { of, on: 'chatroom', is: 'got' as const, got: 'all' as const } },
      ].map((one) => outcomeOf(one, hall).holds)
    expect(all('heard')).toEqual([true, true, true])
    expect(all('missed')).toEqual([false, false, false])
    expect(outcomeOf({ got: { of: 'heard', on: 'chatroom', arrivals: 3 } }, hall).holds).toBe(true)
    expect(outcomeOf({ got: { of: 'heard', on: 'mailbox', arrivals: 3 } }, hall).holds).toBe(false)
  })

  test('both are said in words', () => {
    expect(outcome({ got: { who: 'worker-1', of: 'jobs', texts: ['job 1', 'job 2'] } })).toEqual({
      holds: false,
      expected: 'worker-1 got: job 1, job 2',
      seen: 'job 2, job 1',
    })
    expect(outcome({ receipt: { is: 'published' } }).seen).toBe('published ×2, unheard')
  })
})
