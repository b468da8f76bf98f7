import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { Counts } from '#lib/protocol/counts.ts'
import { isLifeEvent, type LifeEvent, type RoomEvent, type UnnumberedEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { DroppedCounts } from '#lib/rooms/dropped-counts.ts'
import { createMessageTable } from '#lib/rooms/message-table.ts'
import { RoomStream, UNNUMBERED } from '#lib/rooms/room-stream.ts'
import {
  AT,
  CHANNEL,
  consumer,
  type Draft,
  destination,
  EPOCH,
  facts,
  gap,
  LOG,
  QUEUE,
} from '../ledger/event-maker.ts'
import { recountLane } from '../ledger/recount.ts'
import { recountLaneTally, recountMissed, recountPaneTally } from '../ledger/recount-tally.ts'
import { interleave, LANES, lifeOf, lifePlan, OPENING, PANES } from '../ledger/stories.ts'

/**
 * A room whose history is far too small, and readers of it: one that comes late, one that is too slow again and again, and
 * one that follows but holds only as much as history does. Each must show what a plain recount of all events says.
 */
const MESSAGES = 12

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
  fc.constant(gap({ ...QUEUE, consumer: 'worker-1', reason: 'broker-restarted' })),
  fc.constant(facts(0, 0, AT + 1)),
)

const story = fc
  .record({
    plans: fc.array(lifePlan, { minLength: 1, maxLength: MESSAGES }),
    disturbances: fc.array(disturbance, { maxLength: 8 }),
    order: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
  })
  .map(({ plans, disturbances, order }) => [
    ...OPENING,
    ...interleave([...plans.map((plan, index) => lifeOf(plan, index + 1)), disturbances], order, false),
  ])

/** Lives of messages that no story has. */
const lives = fc
  .array(lifePlan, { maxLength: MESSAGES })
  .map((plans) => plans.flatMap((plan, index) => lifeOf(plan, MESSAGES + index + 1)))

interface Reader {
  ledger: Ledger
  /** Reads everything up to now, as a page does that joins or has fallen behind. */
  catchUp(): void
}

function roomWith(maxEvents: number) {
  const messages = createMessageTable()
  const stream = new RoomStream({ epoch: EPOCH, room: 'lobby', messages, maxEvents })
  const emitted: RoomEvent[] = []
  stream.onEvent((event) => emitted.push(event))
  const records = new Map(
    Array.from({ length: 2 * MESSAGES }, (_, index) => {
      const id = `message-${index + 1}`
      return [id, messages.acceptNew(id, { meta: {}, body: Buffer.from(id), seqBefore: 0, sentAt: AT })]
    }),
  )
  const all = createLedger()
  return {
    stream,
    emitted,
    emit: (draft: Draft) => {
      const record = 'messageId' in draft ? records.get(draft.messageId) : undefined
      if (record && 'messageId' in draft) {
        const event = { ...draft, epoch: EPOCH, seq: UNNUMBERED } as LifeEvent
        stream.emitLife(record, event, { text: `text ${record.number}` })
      } else stream.emit(draft as UnnumberedEvent)
      all.applyAll(emitted.slice(all.seq))
    },
    snapshot: (): RoomSnapshot => ({
      ...{ room: 'lobby', epoch: EPOCH, seq: stream.seq, firstSeq: stream.firstSeq, number: 2 * MESSAGES },
      destinations: [...all.destinations],
      consumers: LANES.flatMap(([system, name]) => [...(all.destination(system, name)?.consumers ?? [])]),
      ...{ people: [], brokers: [], loads: [] },
    }),
  }
}

type Room = ReturnType<typeof roomWith>

function readerOf({ stream, snapshot }: Room, pageSize: number): Reader {
  const ledger = createLedger()
  return {
    ledger,
    catchUp: () => {
      const from = ledger.epoch === null ? 0 : ledger.seq
      ledger.reset(snapshot())
      for (let since = from; ; since = ledger.seq) {
        ledger.applyAll(stream.page({ epoch: EPOCH, seq: since }, pageSize).events)
        if (ledger.seq >= stream.seq) break
      }
    },
  }
}

function expectRecount(ledger: Ledger, events: readonly RoomEvent[]): void {
  for (const [system, name] of LANES) {
    const { late: _, ...tally } = ledger.tally(system, name) ?? { late: 0 }
    expect(tally).toEqual(recountLaneTally(events, system, system === 'redis'))
    expect(ledger.destination(system, name)?.counts).toEqual(recountLane(events, system))
    const ids = events.filter((event) => isLifeEvent(event) && event.system === system)
    const distinct = new Set(ids.map((event) => 'messageId' in event && event.messageId))
    expect(ledger.destination(system, name)?.messages).toBe(distinct.size)
  }
  for (const [system, name, who] of PANES) {
    const missed = system === 'redis' ? recountMissed(events, system, who) : null
    expect(ledger.paneTally(`${system}:${name}:${who}`)).toEqual({
      ...recountPaneTally(events, system, who),
      missed,
    })
  }
}

/** Nothing is settled by a consumer whose connection has ended since the delivery. */
function withoutLateSettlements(events: readonly RoomEvent[]): RoomEvent[] {
  const inHand = new Map<string, Set<number>>()
  return events.filter((event) => {
    if (event.kind === 'consumer' && !['attached', 'paused'].includes(event.now.state)) {
      inHand.delete(event.consumer)
    }
    if (event.kind === 'delivered') {
      inHand.set(event.consumer, (inHand.get(event.consumer) ?? new Set()).add(event.delivery))
    }
    const settles =
      event.kind === 'acknowledged' || event.kind === 'requeued' || event.kind === 'rejected' ? event : null
    return settles === null || (inHand.get(settles.consumer)?.has(settles.delivery) ?? false)
  })
}

/** When the newest wait began is known roughly, of messages that are no longer held. */
const withoutTimes = (counts: Counts): Counts => ({
  ...counts,
  destinations: counts.destinations.map((one) => ({ ...one, newestWaitingAt: null })),
})

describe('the figures are those of a plain recount of all events', () => {
  test('for a reader that comes when history has dropped the beginning', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 1, max: 30 }), (drafts, maxEvents) => {
        const room = roomWith(maxEvents)
        for (const draft of drafts) room.emit(draft)
        const reader = readerOf(room, 5)
        reader.catchUp()
        expectRecount(reader.ledger, room.emitted)
      }),
      { numRuns: 300 },
    )
  })

  test('for a reader that comes after one subscriber was lost and is back, and before the only other one that was due a message leaves', () => {
    const room = roomWith(1)
    const sent = { ...CHANNEL, kind: 'published', messageId: 'message-1', receiptMs: 1 } as Draft
    const leaving = [
      consumer(CHANNEL, 'subscriber-1', 'crashed'),
      consumer(CHANNEL, 'subscriber-1', 'attached'),
      consumer(CHANNEL, 'subscriber-2', 'detached'),
    ]
    for (const draft of [...OPENING, sent, ...leaving]) room.emit(draft)
    const reader = readerOf(room, 5)
    reader.catchUp()
    expect(reader.ledger.tally('redis', 'chatroom')).toMatchObject({ sent: 1, waiting: 0, unknown: 1 })
    expectRecount(reader.ledger, room.emitted)
  })

  test('for a reader that is too slow again and again, and its gaps add up', () => {
    fc.assert(
      fc.property(
        story,
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 12 }),
        (drafts, maxEvents, pauses) => {
          const room = roomWith(maxEvents)
          const reader = readerOf(room, 4)
          let seen = 0
          let next = 0
          drafts.forEach((draft, index) => {
            room.emit(draft)
            if (index < next) return
            next = index + (pauses[index % pauses.length] ?? 1)
            seen += Math.min(maxEvents, room.stream.seq - reader.ledger.seq)
            reader.catchUp()
          })
          seen += Math.min(maxEvents, room.stream.seq - reader.ledger.seq)
          reader.catchUp()
          expectRecount(reader.ledger, room.emitted)
          expect(reader.ledger.missingEvents).toBe(room.stream.seq - seen)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('in what a room counts of dropped events, however few messages it holds of them', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 1, max: 4 }), (drafts, messages) => {
        const room = roomWith(1_000)
        for (const draft of drafts) room.emit(draft)
        const few = new DroppedCounts({ messages })
        const all = createLedger()
        for (const event of withoutLateSettlements(room.emitted)) {
          const content =
            'messageId' in event ? { number: Number(event.messageId.slice('message-'.length)) } : null
          few.take(event, content)
          all.apply(event)
        }
        expect(withoutTimes(few.counts())).toEqual(withoutTimes(all.counts()))
      }),
      { numRuns: 300 },
    )
  })

  test('of a destination that was removed and made again under its name: nothing of the earlier one counts, whoever reads when', () => {
    fc.assert(
      fc.property(
        story,
        lives,
        fc.integer({ min: 1, max: 200 }),
        fc.boolean(),
        (before, after, maxEvents, follows) => {
          const room = roomWith(maxEvents)
          const reader = readerOf(room, 5)
          for (const draft of before) room.emit(draft)
          if (follows) reader.catchUp()
          for (const place of [QUEUE, CHANNEL, LOG]) room.emit({ ...destination(place), now: null } as Draft)
          const beginning = room.emitted.length
          for (const draft of [...OPENING, ...after]) room.emit(draft)
          reader.catchUp()
          expectRecount(reader.ledger, room.emitted.slice(beginning))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('for one that follows every event and holds no more messages than history does', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 2, max: 12 }), (drafts, maxEvents) => {
        const room = roomWith(maxEvents)
        const ledger = createLedger({ messages: maxEvents })
        room.stream.onEvent((event) => ledger.apply(event))
        for (const draft of drafts) room.emit(draft)
        expectRecount(ledger, room.emitted)
      }),
      { numRuns: 300 },
    )
  })
})
