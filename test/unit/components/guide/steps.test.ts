import { describe, expect, test } from 'vitest'
import {
  advance,
  firstStep,
  type GuideFacts,
  type GuideStep,
  pass,
  type Someone,
  whomToCrash,
  whomToTake,
} from '#components/guide/steps.ts'

const someone = (name: string, more: Partial<Someone> = {}): Someone => ({
  id: `${more.system ?? 'rabbitmq'}:${name}`,
  name,
  system: 'rabbitmq',
  destination: 'mailbox',
  mode: 'queue',
  state: 'attached',
  canCrash: true,
  canPause: true,
  keepsForAbsent: true,
  got: false,
  others: 0,
  ...more,
})
const subscriber = (name: string, more: Partial<Someone> = {}) =>
  someone(name, { system: 'redis', destination: 'chatroom', mode: 'fanout', keepsForAbsent: false, ...more })
const reader = (name: string, more: Partial<Someone> = {}) =>
  someone(name, { system: 'kafka', destination: 'datascience', mode: 'log', ...more })

/** A room after message 1: worker-2 got it from the queue, both subscribers have a copy. */
const room = (more: Partial<GuideFacts> = {}): GuideFacts => ({
  traced: 1,
  answered: true,
  consumers: [
    someone('worker-1', { others: 1 }),
    someone('worker-2', { got: true }),
    subscriber('subscriber-1', { got: true, others: 1 }),
    subscriber('subscriber-2', { got: true, others: 1 }),
  ],
  ...more,
})

const change = (facts: GuideFacts, name: string, more: Partial<Someone>): GuideFacts => ({
  ...facts,
  consumers: facts.consumers.map((one) => (one.name === name ? { ...one, ...more } : one)),
})

const stepsThrough = (...all: GuideFacts[]): string[] => {
  const seen: string[] = []
  let step: GuideStep = firstStep(0)
  for (const facts of all) {
    step = advance(step, facts)
    seen.push(step.id)
  }
  return seen
}

describe('the five steps of the first minute', () => {
  test('follow the facts of the room in their order, to the end', () => {
    const crashed = change(room(), 'worker-2', { state: 'crashed' })
    const away = change(crashed, 'subscriber-1', { state: 'crashed' })
    const sent = { ...away, traced: 2 }
    expect(
      stepsThrough(
        room({ traced: 0 }),
        room(),
        crashed,
        away,
        sent,
        change(sent, 'worker-2', { state: 'attached' }),
        { ...room(), traced: 2 },
      ),
    ).toEqual(['send', 'crash', 'take-away', 'send-away', 'bring-back', 'bring-back', 'end'])
  })

  test('a send counts once every broker that is up has answered', () => {
    expect(stepsThrough(room({ answered: false }))).toEqual(['send'])
  })

  test('a message from before the first minute is not the first send', () => {
    expect(advance(firstStep(7), room({ traced: 7 })).id).toBe('send')
    expect(advance(firstStep(7), room({ traced: 8 })).id).toBe('crash')
  })

  test('who was away before a step began does not count for it', () => {
    const facts = change(room(), 'worker-1', { state: 'crashed' })
    const step = advance(firstStep(0), facts)
    expect(advance(step, facts).id).toBe('crash')
    expect(advance(step, change(facts, 'worker-2', { state: 'crashed' })).id).toBe('take-away')
  })

  test('one who was removed while away is not waited for', () => {
    const worker = someone('worker-2', { state: 'crashed' })
    const step: GuideStep = { id: 'bring-back', crashed: worker, others: [] }
    expect(advance(step, room({ consumers: [worker] })).id).toBe('bring-back')
    expect(advance(step, room({ consumers: [] })).id).toBe('end')
  })

  test('a step that nobody here can do is passed over, down to the end', () => {
    let step = firstStep(0)
    const seen = [step.id]
    for (let count = 0; count < 5; count += 1) {
      step = pass(step, room({ consumers: [] }))
      seen.push(step.id)
    }
    expect(seen).toEqual(['send', 'crash', 'take-away', 'send-away', 'bring-back', 'end'])
  })

  test('a step that is not done stays the same object', () => {
    const step = firstStep(3)
    expect(advance(step, room())).toBe(step)
  })
})

describe('who is pointed out', () => {
  test('the one who alone got it from the queue is crashed', () => {
    expect(whomToCrash(room())?.name).toBe('worker-2')
  })

  test('without a queue one who got it is crashed, and never one who is away', () => {
    const consumers = [
      subscriber('subscriber-1', { got: true, others: 1, state: 'paused' }),
      subscriber('subscriber-2', { got: true, others: 1 }),
    ]
    expect(whomToCrash(room({ consumers }))?.name).toBe('subscriber-2')
    expect(whomToCrash(room({ consumers: [] }))).toBeNull()
  })

  const named = (facts: GuideFacts, crashed: Someone | null) =>
    whomToTake(facts, crashed).map(({ who, by }) => `${by} ${who.name}`)

  test('where the absent miss what is sent one is cut off, for a pause would keep it for them', () => {
    expect(named(room(), someone('worker-2'))).toEqual(['crash subscriber-1'])
  })

  test('all readers of a log pause, so that it shows where they read on', () => {
    const consumers = [...room().consumers, reader('reader-1'), reader('reader-2')]
    expect(named(room({ consumers }), someone('worker-2'))).toEqual([
      'crash subscriber-1',
      'pause reader-1',
      'pause reader-2',
    ])
  })

  test('who goes away after the first of several is taken away too', () => {
    const consumers = [...room().consumers, reader('reader-1')]
    const gone = change(room({ consumers }), 'subscriber-1', { state: 'crashed' })
    const step = advance({ id: 'take-away', before: [], crashed: null }, gone)
    const both = advance(step, change(gone, 'reader-1', { state: 'paused' }))
    expect(both.id === 'send-away' && both.others.map(({ name }) => name)).toEqual([
      'subscriber-1',
      'reader-1',
    ])
  })

  test('where everything is a queue on one system, the other worker is paused', () => {
    const consumers = [someone('worker-1'), someone('worker-2', { state: 'crashed' })]
    expect(named(room({ consumers }), someone('worker-2'))).toEqual(['pause worker-1'])
  })

  test('who cannot be paused or crashed is not asked to be', () => {
    const consumers = [someone('worker-1', { canCrash: false, canPause: false })]
    expect(whomToCrash(room({ consumers }))).toBeNull()
    expect(whomToTake(room({ consumers }), null)).toEqual([])
  })
})
