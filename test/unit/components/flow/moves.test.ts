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

describe('a message goes in once and out once for each delivery', () => {
  test('in whichever order the server learned of it', () => {
    const inOrder = play(published(QUEUE, 'a', content(1)), delivered(QUEUE, 'a', 'worker-1', 1))
    expect(short(inOrder)).toEqual(['in', 'out worker-1'])
    const deliveredFirst = play(delivered(QUEUE, 'a', 'worker-1', 1, content(1)), published(QUEUE, 'a'))
    expect(short(deliveredFirst)).toEqual(['in', 'out worker-1'])
  })

  test('a copy for each subscriber of a channel', () => {
    const moves = play(
      published(CHANNEL, 'a', { ...content(1), heardBy: 2 }),
      delivered(CHANNEL, 'a', 'subscriber-1', 1),
      delivered(CHANNEL, 'a', 'subscriber-2', 1),
    )
    expect(short(moves)).toEqual(['in', 'out subscriber-1', 'out subscriber-2'])
  })

  test('a record read again long after it was sent only goes out', () => {
    const moves = play(read('a', 'reader-1', 'audit', 1, [2, 17], { latencyMs: 90_000 }))
    expect(moves).toEqual([
      { kind: 'out', lane: 'kafka/datascience', messageId: 'a', consumer: 'reader-1', partition: 2 },
    ])
  })

  test('one that comes from outside goes in with its first delivery', () => {
    const outside = { ...content(1), outside: true as const, latencyMs: null }
    expect(short(play(delivered(QUEUE, 'a', 'worker-1', 1, outside)))).toEqual(['in', 'out worker-1'])
  })
})

describe('what is not kept is seen not to be', () => {
  test('nobody listened: it melts; it was returned: it bounces', () => {
    expect(play(unheard(CHANNEL, 'a'))).toMatchObject([{ kind: 'in', end: 'melts' }])
    expect(play(returned(QUEUE, 'a'))).toMatchObject([{ kind: 'in', end: 'bounces' }])
  })

  test('the confirm that follows a return adds nothing', () => {
    expect(play(returned(QUEUE, 'a'), published(QUEUE, 'a'))).toHaveLength(1)
  })
})

describe('what was in hand goes back', () => {
  test('given back by its consumer', () => {
    const moves = play(
      published(QUEUE, 'a'),
      delivered(QUEUE, 'a', 'worker-1', 1),
      settled('requeued', QUEUE, 'a', 'worker-1', 1),
      delivered(QUEUE, 'a', 'worker-2', 1, { redelivered: true }),
    )
    expect(short(moves)).toEqual(['in', 'out worker-1', 'back worker-1', 'out worker-2'])
  })

  test('at a crash, and only what was not acknowledged', () => {
    const moves = play(
      delivered(QUEUE, 'a', 'worker-1', 1),
      delivered(QUEUE, 'b', 'worker-1', 2),
      settled('acknowledged', QUEUE, 'a', 'worker-1', 1),
      consumer(QUEUE, 'worker-1', 'crashed'),
    )
    expect(moves.filter(({ kind }) => kind === 'back')).toEqual([
      { kind: 'back', lane: 'rabbitmq/mailbox', messageId: 'b', consumer: 'worker-1' },
    ])
  })

  test('a dead letter falls from whoever rejected it', () => {
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
    expect(short(moves)).toEqual(['in', 'out worker-1', 'drop worker-1', 'fall worker-1'])
  })
})

test('a rebalance lifts exactly the partitions that changed hands', () => {
  const moves = play(
    assignment('analytics', 'stable', [
      { consumer: 'reader-1', partitions: [0, 1] },
      { consumer: 'reader-2', partitions: [2] },
    ]),
    assignment('analytics', 'rebalancing', []),
    assignment('analytics', 'stable', [{ consumer: 'reader-1', partitions: [0, 1, 2] }]),
  )
  expect(moves).toEqual([
    { kind: 'lift', lane: 'kafka/datascience', partition: 2, from: 'reader-2', to: 'reader-1' },
  ])
})
