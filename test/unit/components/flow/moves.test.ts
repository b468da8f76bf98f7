import { describe, expect, test } from 'vitest'
import { createMoves, type Move } from '#components/flow/moves.ts'
import {
  assignment,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  numbered,
  published,
  QUEUE,
  read,
  returned,
  settled,
  unheard,
} from '#test/unit/ledger/event-maker.ts'

const play = (...drafts: Draft[]): Move[] => {
  const moves = createMoves()
  return numbered(drafts).flatMap((event) => [...moves.of(event)])
}
const short = (moves: readonly Move[]) =>
  moves.map((move) => ('consumer' in move && move.consumer ? `${move.kind} ${move.consumer}` : move.kind))

describe('a message is published once and delivered once per delivery event', () => {
  test('in whichever order the events come', () => {
    const inOrder = play(published(QUEUE, 'a', content(1)), delivered(QUEUE, 'a', 'worker-1', 1))
    expect(short(inOrder)).toEqual(['publish', 'deliver worker-1'])
    const deliveredFirst = play(delivered(QUEUE, 'a', 'worker-1', 1, content(1)), published(QUEUE, 'a'))
    expect(short(deliveredFirst)).toEqual(['publish', 'deliver worker-1'])
  })

  test('to each subscriber of a channel', () => {
    const moves = play(
      published(CHANNEL, 'a', { ...content(1), heardBy: 2 }),
      delivered(CHANNEL, 'a', 'subscriber-1', 1),
      delivered(CHANNEL, 'a', 'subscriber-2', 1),
    )
    expect(short(moves)).toEqual(['publish', 'deliver subscriber-1', 'deliver subscriber-2'])
  })

  test('a record that is read again long after it was sent is only delivered', () => {
    const moves = play(read('a', 'reader-1', 'audit', 1, [2, 17], { latencyMs: 90_000 }))
    expect(moves).toEqual([
      { kind: 'deliver', lane: 'kafka/datascience', messageId: 'a', consumer: 'reader-1', partition: 2 },
    ])
  })

  test('a message from an outside program is published with its first delivery', () => {
    const outside = { ...content(1), outside: true as const, latencyMs: null }
    expect(short(play(delivered(QUEUE, 'a', 'worker-1', 1, outside)))).toEqual([
      'publish',
      'deliver worker-1',
    ])
  })
})

describe('a message that is not stored', () => {
  test('ends unheard where nobody listened, and refused where it was returned', () => {
    expect(play(unheard(CHANNEL, 'a'))).toMatchObject([{ kind: 'publish', outcome: 'unheard' }])
    expect(play(returned(QUEUE, 'a'))).toMatchObject([{ kind: 'publish', outcome: 'refused' }])
  })

  test('moves once, although a confirm follows its return', () => {
    expect(play(returned(QUEUE, 'a'), published(QUEUE, 'a'))).toHaveLength(1)
  })
})

describe('an unacked message', () => {
  test('goes back when its consumer requeues it', () => {
    const moves = play(
      published(QUEUE, 'a'),
      delivered(QUEUE, 'a', 'worker-1', 1),
      settled('requeued', QUEUE, 'a', 'worker-1', 1),
      delivered(QUEUE, 'a', 'worker-2', 1, { redelivered: true }),
    )
    expect(short(moves)).toEqual(['publish', 'deliver worker-1', 'requeue worker-1', 'deliver worker-2'])
  })

  test('goes back when its consumer crashes, but not if it was acknowledged', () => {
    const moves = play(
      delivered(QUEUE, 'a', 'worker-1', 1),
      delivered(QUEUE, 'b', 'worker-1', 2),
      settled('acknowledged', QUEUE, 'a', 'worker-1', 1),
      consumer(QUEUE, 'worker-1', 'crashed'),
    )
    expect(moves.filter(({ kind }) => kind === 'requeue')).toEqual([
      { kind: 'requeue', lane: 'rabbitmq/mailbox', messageId: 'b', consumer: 'worker-1' },
    ])
  })

  test('goes to the dead letters from the consumer that rejected it', () => {
    const dead = {
      ...published(QUEUE, 'a'),
      kind: 'dead-lettered' as const,
      reason: 'rejected',
      to: 'mailbox.dead',
      attempts: 1,
    } as Draft
    const moves = play(
      delivered(QUEUE, 'a', 'worker-1', 1),
      settled('rejected', QUEUE, 'a', 'worker-1', 1),
      dead,
    )
    expect(short(moves)).toEqual(['publish', 'deliver worker-1', 'drop worker-1', 'dead-letter worker-1'])
  })
})

test('a rebalance reassigns exactly the partitions that have a new owner', () => {
  const moves = play(
    assignment('analytics', 'stable', [
      { consumer: 'reader-1', partitions: [0, 1] },
      { consumer: 'reader-2', partitions: [2] },
    ]),
    assignment('analytics', 'rebalancing', []),
    assignment('analytics', 'stable', [{ consumer: 'reader-1', partitions: [0, 1, 2] }]),
  )
  expect(moves).toEqual([
    { kind: 'reassign', lane: 'kafka/datascience', partition: 2, from: 'reader-2', to: 'reader-1' },
  ])
})
