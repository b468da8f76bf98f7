import { expect, test } from 'vitest'
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
} from './event-maker.ts'

const LOAD = 15_000
/** More messages than a ledger holds, so that it has let go of the first load before anybody gets it. */
const BATCH = 500
/** Less than a second on an idle core; a cost for each event that grew with what is held would take minutes. */
const COUNTED_WITHIN_MS = 15_000

const each = (first: number, count: number, draft: (number: number) => Draft[]): Draft[] =>
  Array.from({ length: count }, (_, index) => draft(first + index)).flat()
const id = (number: number) => `message-${number}`

test('two loads of 15,000, one of which waits for paused workers, are counted to the last message, in bounded time', () => {
  const ledger = createLedger()
  let spentMs = 0
  const tallyOf = ({ system, destination: name }: typeof QUEUE) => ledger.tally(system, name)
  const verdictOf = (number: number) => ledger.trace(QUEUE.system, QUEUE.destination, id(number)).verdict
  /** As a page does: batches of events, and after each what it shows. */
  const apply = (drafts: readonly Draft[]) => {
    for (let at = 0; at < drafts.length; at += BATCH) {
      const events = numbered(drafts.slice(at, at + BATCH), ledger.seq + 1)
      const begun = performance.now()
      ledger.applyAll(events)
      tallyOf(QUEUE)
      verdictOf(LOAD)
      spentMs += performance.now() - begun
    }
  }
  const workers = ['worker-1', 'worker-2']
  const workerOf = (number: number) => workers[number % 2] ?? ''
  apply([
    destination(QUEUE),
    destination(CHANNEL),
    ...workers.map((name) => consumer(QUEUE, name, 'paused')),
    consumer(CHANNEL, 'subscriber-1', 'attached'),
  ])

  apply(each(1, LOAD, (number) => [published(QUEUE, id(number), content(number))]))
  expect(tallyOf(QUEUE)).toMatchObject({ sent: LOAD, waiting: LOAD, seen: 0, unknown: 0 })
  expect(verdictOf(LOAD)).toMatchObject({ kind: 'stored', of: 2 })

  apply(
    each(LOAD + 1, LOAD, (number) => [
      published(CHANNEL, id(number), content(number)),
      delivered(CHANNEL, id(number), 'subscriber-1', number),
    ]),
  )
  expect(tallyOf(CHANNEL)).toMatchObject({ sent: LOAD, seen: LOAD, waiting: 0, unknown: 0 })
  expect(tallyOf(QUEUE)).toMatchObject({ sent: LOAD, waiting: LOAD, seen: 0, unknown: 0 })

  apply([
    ...workers.map((name) => consumer(QUEUE, name, 'attached')),
    ...each(1, LOAD, (number) => [
      delivered(QUEUE, id(number), workerOf(number), number, content(number)),
      settled('acknowledged', QUEUE, id(number), workerOf(number), number),
    ]),
  ])
  expect(tallyOf(QUEUE)).toMatchObject({ sent: LOAD, seen: LOAD, waiting: 0, unknown: 0, duplicates: 0 })
  expect(verdictOf(LOAD)).toMatchObject({ kind: 'got', got: 1, of: 2 })
  const arrived = workers.map((name) => ledger.paneTally(`rabbitmq:mailbox:${name}`)?.unique)
  expect(arrived).toEqual([LOAD / 2, LOAD / 2])
  expect(spentMs).toBeLessThan(COUNTED_WITHIN_MS)
})
