import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  facts,
  gap,
  LOG,
  numbered,
  published,
  QUEUE,
  read,
  unheard,
} from './event-maker.ts'
import { recountLaneTally, recountMissed, recountPaneTally } from './recount-tally.ts'
import { interleave, LANES, lifeOf, lifePlan, OPENING, PANES, withContent } from './stories.ts'

function ledgerOf(events: readonly RoomEvent[]): Ledger {
  const ledger = createLedger()
  ledger.applyAll(events)
  return ledger
}

const ledgerAfter = (drafts: Draft[]) => ledgerOf(numbered(withContent([...OPENING, ...drafts])))

/** Consumers that come and go everywhere, gaps, restarts, and facts that say that the queue is empty. */
const disturbance: fc.Arbitrary<Draft> = fc.oneof(
  fc
    .record({
      where: fc.constantFrom(
        [QUEUE, 'worker-1'] as const,
        [CHANNEL, 'subscriber-1'] as const,
        [CHANNEL, 'subscriber-2'] as const,
      ),
      state: fc.constantFrom('paused', 'crashed', 'detached', 'attached', 'attaching'),
    })
    .map(({ where, state }) => consumer(where[0], where[1], state as 'paused')),
  fc.constant(gap()),
  fc.constant(gap({ ...QUEUE, consumer: 'worker-1', reason: 'broker-restarted' })),
  fc.constant(facts(0, 0, AT + 1)),
)

const story = fc
  .record({
    plans: fc.array(lifePlan, { minLength: 1, maxLength: 12 }),
    disturbances: fc.array(disturbance, { maxLength: 8 }),
    order: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
  })
  .map(({ plans, disturbances, order }) => {
    const strands = [...plans.map((plan, index) => lifeOf(plan, index + 1)), disturbances]
    return numbered([...OPENING, ...withContent(interleave(strands, order, true))])
  })

test('where nothing is kept, a message waits for those who were there and stayed: whoever joins or comes back later never gets it', () => {
  const sent = [published(CHANNEL, 'message-1')]
  const away = (who: string) => consumer(CHANNEL, who, 'crashed')
  const back = (who: string) => consumer(CHANNEL, who, 'attached')
  const waiting = [
    [],
    [away('subscriber-1')],
    [away('subscriber-1'), back('subscriber-1')],
    [away('subscriber-1'), back('subscriber-1'), away('subscriber-2')],
    [back('subscriber-3'), away('subscriber-1'), away('subscriber-2')],
  ].map((later) => ledgerAfter([...sent, ...later]).tally('redis', 'chatroom'))
  expect(waiting).toMatchObject([
    ...Array.from({ length: 3 }, () => ({ waiting: 1, unknown: 0 })),
    ...Array.from({ length: 2 }, () => ({ waiting: 0, unknown: 1 })),
  ])
})

describe('whatever happens, in whatever interleaving', () => {
  test('a destination’s tally is what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story, (events) => {
        const ledger = ledgerOf(events)
        for (const [system, name] of LANES) {
          const { late: _, ...tally } = ledger.tally(system, name) ?? { late: 0 }
          expect(tally).toEqual(recountLaneTally(events, system, system === 'redis'))
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a consumer’s tally is what a plain recount of the events says', () => {
    fc.assert(
      fc.property(story, (events) => {
        const ledger = ledgerOf(events)
        for (const [system, name, who] of PANES) {
          const tally = ledger.paneTally(`${system}:${name}:${who}`)
          const missed = system === 'redis' ? recountMissed(events, system, who) : null
          expect(tally).toEqual({ ...recountPaneTally(events, system, who), missed })
        }
      }),
      { numRuns: 400 },
    )
  })

  test('every number opens exactly as many messages as it says', () => {
    fc.assert(
      fc.property(story, (events) => {
        const ledger = ledgerOf(events)
        for (const [system, name] of LANES) {
          const tally = ledger.tally(system, name)
          for (const figure of ['sent', 'seen', 'waiting', 'lost', 'unknown', 'refused'] as const) {
            expect(ledger.countedIn(system, name, figure).messages).toHaveLength(tally?.[figure] ?? 0)
          }
        }
        for (const [system, name, who] of PANES) {
          const id = `${system}:${name}:${who}`
          const tally = ledger.paneTally(id)
          for (const figure of ['unique', 'late', 'missed'] as const) {
            expect(ledger.countedInPane(id, figure).messages).toHaveLength(tally?.[figure] ?? 0)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the figures of the tallies', () => {
  test('a message delivered twice is one message and one duplicate, marked as redelivered or not', () => {
    const ledger = ledgerAfter([
      delivered(QUEUE, 'message-1', 'worker-1', 1),
      delivered(QUEUE, 'message-1', 'worker-1', 2),
    ])
    expect(ledger.paneTally('rabbitmq:mailbox:worker-1')).toMatchObject({ unique: 1, duplicates: 1, late: 0 })
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ seen: 1, duplicates: 1 })
  })

  test('a copy for each subscriber is no duplicate, and neither is one for each group', () => {
    const ledger = ledgerAfter([
      delivered(CHANNEL, 'message-1', 'subscriber-1', 1),
      delivered(CHANNEL, 'message-1', 'subscriber-2', 1),
      read('message-1', 'reader-1', 'analytics', 1, [0, 5]),
      read('message-1', 'reader-2', 'audit', 1, [0, 5]),
    ])
    expect(ledger.tally('redis', 'chatroom')?.duplicates).toBe(0)
    expect(ledger.tally('kafka', 'datascience')?.duplicates).toBe(0)
  })

  test('order is judged within a partition, and never by the number of an outside message', () => {
    const ledger = ledgerAfter([
      read('message-2', 'reader-1', 'analytics', 1, [0, 0]),
      read('message-1', 'reader-1', 'analytics', 2, [1, 0]),
      delivered(QUEUE, 'message-9', 'worker-1', 3, { outside: true }),
      delivered(QUEUE, 'message-3', 'worker-1', 4),
    ])
    expect(ledger.paneTally('kafka:datascience:reader-1')?.late).toBe(0)
    expect(ledger.paneTally('rabbitmq:mailbox:worker-1')?.late).toBe(0)
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ sent: 1, outside: 1 })
  })

  test('what a subscriber of partitions missed while away is counted, but not what was aborted', () => {
    const ALERTS = { system: 'kafka', destination: 'alerts' }
    const made = destination(ALERTS)
    if (made.kind !== 'destination' || made.now === null) throw new Error('it has a destination')
    const ledger = ledgerAfter([
      { ...made, now: { ...made.now, mode: 'fanout' } },
      consumer(ALERTS, 'subscriber-1', 'attached'),
      consumer(ALERTS, 'subscriber-1', 'crashed'),
      published(ALERTS, 'message-1'),
      published(ALERTS, 'message-2', { transaction: 'aborted' }),
      published(ALERTS, 'message-3', { transaction: 'committed' }),
    ])
    expect(ledger.paneTally('kafka:alerts:subscriber-1')?.missed).toBe(2)
  })

  test('what a subscriber missed while away is counted while it is away and stays counted when it is back', () => {
    const away = [
      published(CHANNEL, 'message-1', { heardBy: 2 }),
      consumer(CHANNEL, 'subscriber-2', 'crashed'),
      published(CHANNEL, 'message-2', { heardBy: 1 }),
      published(CHANNEL, 'message-3', { heardBy: 1 }),
      delivered(CHANNEL, 'message-2', 'subscriber-1', 2),
    ]
    const id = 'redis:chatroom:subscriber-2'
    // It never had the first one either: whatever was on its way to it went with its connection.
    expect(ledgerAfter(away).paneTally(id)?.missed).toBe(3)
    expect(ledgerAfter(away).onReturn(id)).toEqual({ kind: 'never', count: 3 })
    const back = [
      ...away,
      consumer(CHANNEL, 'subscriber-2', 'attached'),
      published(CHANNEL, 'message-4', { heardBy: 2 }),
    ]
    expect(ledgerAfter(back).paneTally(id)?.missed).toBe(3)
    expect(ledgerAfter(back).onReturn(id)).toBeNull()
    expect(
      ledgerAfter(back)
        .countedInPane(id, 'missed')
        .messages.map(({ number }) => number),
    ).toEqual([3, 2, 1])
  })

  test('an unheard message is lost; one that waits for an absent worker is waiting, by the broker’s own count too', () => {
    const ledger = ledgerAfter([
      unheard(CHANNEL, 'message-1'),
      published(QUEUE, 'message-1'),
      consumer(QUEUE, 'worker-1', 'crashed'),
      facts(1, 0, AT + 5),
    ])
    expect(ledger.tally('redis', 'chatroom')).toMatchObject({ sent: 1, lost: 1 })
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ sent: 1, waiting: 1 })
    expect(ledger.onReturn('rabbitmq:mailbox:worker-1')).toMatchObject({
      kind: 'waits',
      count: 1,
      shared: true,
    })
  })

  test('a message that is no longer held goes on counting where it counts, until its queue is found empty', () => {
    const ledger = createLedger({ messages: 2 })
    const drafts = [1, 2, 3].map((number) => published(QUEUE, `message-${number}`, content(number)))
    const events = numbered([destination(QUEUE), destination(LOG), ...drafts, facts(0, 0, AT + 1)])
    ledger.applyAll(events.slice(0, -1))
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ sent: 3, waiting: 3, unknown: 0 })
    ledger.applyAll(events)
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ sent: 3, waiting: 0, unknown: 3 })
  })

  test('a message that is delivered when it is no longer held is counted once', () => {
    const ledger = createLedger({ messages: 2 })
    const ids = [1, 2, 3, 4, 5]
    const sends = ids.map((number) => published(QUEUE, `message-${number}`, content(number)))
    // History may still hold the sends, so that not every arrival carries its content.
    const arrivals = ids.map((number) =>
      delivered(QUEUE, `message-${number}`, 'worker-1', number, number % 2 === 0 ? content(number) : {}),
    )
    const again = delivered(QUEUE, 'message-1', 'worker-1', 9, content(1))
    ledger.applyAll(numbered([destination(QUEUE), ...sends, ...arrivals, again]))
    expect(ledger.tally('rabbitmq', 'mailbox')).toMatchObject({ sent: 5, seen: 5, unknown: 0, duplicates: 1 })
    expect(ledger.paneTally('rabbitmq:mailbox:worker-1')).toMatchObject({ unique: 5, duplicates: 1 })
    expect(ledger.destination('rabbitmq', 'mailbox')?.messages).toBe(5)
    expect(ledger.pane('rabbitmq:mailbox:worker-1')?.messages).toBe(5)
  })
})

test('an unreadable batch counts as one entry from outside, and with the number of its records as unreadable', () => {
  const ledger = createLedger()
  const lost = (id: string, consumer: string, delivery: number, records: number) =>
    delivered(LOG, id, consumer, delivery, {
      ...{ number: Number(id), text: '', outside: true as const },
      unreadable: { reason: 'it is corrupt', records },
    })
  ledger.applyAll(
    numbered([
      destination(LOG),
      lost('1', 'reader-1', 1, 40),
      lost('1', 'reader-3', 1, 40),
      lost('1', 'reader-1', 2, 40),
      lost('2', 'reader-1', 3, 2),
    ]),
  )
  expect(ledger.tally('kafka', 'datascience')).toMatchObject({ outside: 2, unreadable: 42 })
  expect(ledger.countedIn('kafka', 'datascience', 'unreadable').messages.map(({ number }) => number)).toEqual(
    [2, 1],
  )
})
