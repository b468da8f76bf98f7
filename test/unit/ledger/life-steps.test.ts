import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { lifeSteps, messageJson } from '#lib/ledger/views/life-steps.ts'
import {
  AT,
  committed,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  LOG,
  numbered,
  published,
  QUEUE,
  read,
  settled,
} from './event-maker.ts'

function stepsOf(drafts: readonly Draft[], system: string, routes = false) {
  const ledger = createLedger()
  ledger.applyAll(numbered(drafts))
  const message = ledger.message('m')
  const life = message?.lives.get(system)
  if (!message || !life) throw new Error('there is no such life')
  return { message, life, steps: lifeSteps(message, life, routes) }
}

const at = (draft: Draft, ms: number, more: object = {}): Draft =>
  ({ ...draft, at: AT + ms, ...more }) as Draft

const CRASHED: Draft[] = [
  destination(QUEUE),
  consumer(QUEUE, 'worker-1', 'attached'),
  consumer(QUEUE, 'worker-2', 'attached'),
  at(delivered(QUEUE, 'm', 'worker-2', 1), 2, content(1)),
  at(published(QUEUE, 'm'), 3),
  consumer(QUEUE, 'worker-2', 'crashed', {}, AT + 800),
  at(delivered(QUEUE, 'm', 'worker-1', 1, { redelivered: true, attempt: null }), 806),
  at(settled('acknowledged', QUEUE, 'm', 'worker-1', 1), 1_310, { evidence: 'client' }),
]

describe('the steps of a life', () => {
  test('say why a consumer gave a message back, in its own words, also where that was learned before the delivery', () => {
    const reason = 'poison: its processing always fails'
    const back = at(settled('requeued', QUEUE, 'm', 'worker-1', 1), 5, { reason })
    const arrived = at(delivered(QUEUE, 'm', 'worker-1', 1), 4, content(1))
    const here = [destination(QUEUE), consumer(QUEUE, 'worker-1', 'attached')]
    for (const drafts of [
      [...here, arrived, back],
      [...here, back, arrived],
    ]) {
      expect(stepsOf(drafts, 'rabbitmq').steps.at(-1)).toMatchObject({ how: 'requeued', reason })
    }
  })

  test('are sorted by measured time, whatever was learned first, and say how each is known', () => {
    const { steps } = stepsOf(CRASHED, 'rabbitmq', true)
    expect(steps.map((step) => [step.step, (step.at ?? 0) - AT, step.evidence])).toEqual([
      ['sent', 0, 'client'],
      ['delivered', 2, 'broker'],
      ['routed', 3, 'inferred'],
      ['published', 3, 'broker'],
      ['settled', 800, 'inferred'],
      ['delivered', 806, 'broker'],
      ['settled', 1_310, 'client'],
    ])
    expect(steps.flatMap((step) => (step.step === 'settled' ? [[step.consumer, step.how]] : []))).toEqual([
      ['worker-2', 'lost'],
      ['worker-1', 'acknowledged'],
    ])
  })

  test('give a commit its own time, even when it was learned before the read', () => {
    const reading = at(read('m', 'reader-1', 'analytics', 1, [0, 5]), 4, content(1))
    const commit = at(committed('analytics', 0, 6), 30)
    for (const order of [
      [reading, commit],
      [commit, reading],
    ]) {
      const { steps } = stepsOf([destination(LOG), ...order], 'kafka')
      expect(steps.at(-1)).toMatchObject({
        step: 'settled',
        how: 'committed',
        at: AT + 30,
        evidence: 'broker',
      })
    }
  })

  test('of a message from outside begin without a receipt', () => {
    const outside = { text: 'hi', outside: true, number: 1 }
    const { steps } = stepsOf([at(delivered(QUEUE, 'm', 'worker-1', 1), 5, outside)], 'rabbitmq', true)
    expect(steps.map(({ step, at: when }) => [step, when])).toEqual([
      ['outside', null],
      ['delivered', AT + 5],
    ])
  })

  test('are in the exported file of the message', () => {
    const side = stepsOf(CRASHED, 'rabbitmq')
    const parsed = JSON.parse(messageJson(side.message, [side]))
    expect(parsed).toMatchObject({
      messageId: 'm',
      number: 1,
      text: 'text 1',
      lives: [{ system: 'rabbitmq' }],
    })
    expect(parsed.lives[0].steps).toEqual(JSON.parse(JSON.stringify(side.steps)))
  })
})
