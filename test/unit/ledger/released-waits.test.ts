import { expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import { CHANNEL, consumer, content, destination, numbered, published } from './event-maker.ts'

test('where nothing is kept, a released message stops counting as waiting when the last subscriber that was there for it leaves', () => {
  const tallies = [1, 1_000].map((messages) => {
    const ledger = createLedger({ messages })
    ledger.applyAll(
      numbered([
        destination(CHANNEL),
        consumer(CHANNEL, 'subscriber-1', 'attached'),
        published(CHANNEL, 'message-1', content(1)),
        published(CHANNEL, 'message-2', content(2)),
        consumer(CHANNEL, 'subscriber-2', 'attached'),
        published(CHANNEL, 'message-3', content(3)),
        consumer(CHANNEL, 'subscriber-1', 'crashed'),
      ]),
    )
    return ledger.tally('redis', 'chatroom')
  })
  expect(tallies[0]).toEqual(tallies[1])
  expect(tallies[0]).toMatchObject({ sent: 3, unknown: 2, waiting: 1 })
})
