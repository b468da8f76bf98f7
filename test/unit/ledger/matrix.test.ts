import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import { type CellView, matrixRow } from '#lib/ledger/views/matrix.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'
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
  receipt,
  settled,
} from './event-maker.ts'
import { recountPane } from './recount.ts'
import { LANES, OPENING, PANES, story } from './stories.ts'

function ledgerOf(drafts: readonly Draft[]): { ledger: Ledger; events: RoomEvent[] } {
  const events = numbered(drafts)
  const ledger = createLedger()
  ledger.applyAll(events)
  return { ledger, events }
}

const consumersOf = (system: string) => PANES.filter(([of]) => of === system).map(([, , name]) => ({ name }))

function cellsOf(ledger: Ledger, system: string, destinationName: string, id: string) {
  const message = ledger.message(id)
  if (!message) throw new Error(`${id} is not held`)
  return matrixRow(ledger, system, destinationName, message, consumersOf(system))
}

const plain = (cell: CellView | undefined) =>
  cell?.kind === 'delivery' ? [cell.delivery.state, cell.delivery.ordinal] : null

describe('the matrix', () => {
  test('shows in every cell the newest arrival that a plain recount of the events finds', () => {
    fc.assert(
      fc.property(story(false), (drafts) => {
        const { ledger, events } = ledgerOf([...OPENING, ...drafts])
        const ids = ledger.newestIds(Number.POSITIVE_INFINITY)
        for (const [system, name] of LANES) {
          const counted = consumersOf(system).map((one) => recountPane(events, system, one.name).rows)
          for (const id of ids) {
            const { cells } = cellsOf(ledger, system, name, id)
            counted.forEach((rows, index) => {
              const newest = rows.filter((row) => row.messageId === id).at(-1)
              expect(plain(cells[index])).toEqual(newest ? [newest.state, newest.ordinal] : null)
            })
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('counts the distinct messages of every consumer and of every destination', () => {
    fc.assert(
      fc.property(story(true), (drafts) => {
        const known = drafts.filter(
          (draft) => draft.kind !== 'delivered' || draft.redelivered === wasThere(drafts, draft),
        )
        const { ledger, events } = ledgerOf([...OPENING, ...known])
        for (const [system, name, who] of PANES) {
          const ids = recountPane(events, system, who).rows.map(({ messageId }) => messageId)
          expect(ledger.pane(`${system}:${name}:${who}`)?.messages).toBe(new Set(ids).size)
        }
        for (const [system, name] of LANES) {
          const ids = events.flatMap((event) =>
            'messageId' in event && event.system === system ? [event.messageId] : [],
          )
          expect(ledger.destination(system, name)?.messages).toBe(new Set(ids).size)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('lists the messages by number, newest first, in whatever order they were learned of', () => {
    const order = [2, 1, 4, 3, 5]
    const drafts = order.map((number) => ({ ...published(QUEUE, `m${number}`), ...content(number) }))
    const { ledger } = ledgerOf(drafts as Draft[])
    expect(ledger.newestIds(10)).toEqual(['m5', 'm4', 'm3', 'm2', 'm1'])
    expect(ledger.newestIds(2)).toEqual(['m5', 'm3'])
    expect(ledger.messagesHeld).toBe(5)
  })
})

/** A true stream says "again" exactly where the same message was at that consumer before. */
function wasThere(drafts: readonly Draft[], draft: Extract<Draft, { kind: 'delivered' }>): boolean {
  return drafts
    .slice(0, drafts.indexOf(draft))
    .some(
      (other) =>
        other.kind === 'delivered' &&
        other.messageId === draft.messageId &&
        other.consumer === draft.consumer,
    )
}

describe('the reason why no consumer could get a message', () => {
  const opening = [
    destination(QUEUE),
    destination(CHANNEL),
    consumer(QUEUE, 'worker-1', 'attached'),
    consumer(QUEUE, 'worker-2', 'attached'),
    consumer(CHANNEL, 'subscriber-1', 'attached'),
    consumer(CHANNEL, 'subscriber-2', 'attached'),
  ]

  test('is given once for all of them', () => {
    const { ledger } = ledgerOf([...opening, { ...receipt('refused', QUEUE, 'm'), ...content(1) } as Draft])
    expect(cellsOf(ledger, 'rabbitmq', 'mailbox', 'm').all).toEqual({ why: 'refused' })
    expect(cellsOf(ledger, 'redis', 'chatroom', 'm').all).toEqual({ why: 'not-sent-here' })
  })

  test('is not all there is where the message went to another destination of the system: the row says who got it there', () => {
    const OTHER = { system: 'rabbitmq', destination: 'announcements' }
    const made = destination(OTHER)
    if (made.kind !== 'destination' || made.now === null) throw new Error('it has a destination')
    const { ledger } = ledgerOf([
      ...opening,
      { ...made, now: { ...made.now, mode: 'fanout' } },
      consumer(OTHER, 'subscriber-1', 'attached'),
      { ...delivered(OTHER, 'm', 'subscriber-1', 1), ...content(1) } as Draft,
    ])
    const { elsewhere } = cellsOf(ledger, 'rabbitmq', 'mailbox', 'm')
    expect(elsewhere).toMatchObject([
      { destination: 'announcements', mode: 'fanout', verdict: { kind: 'got', got: 1, of: 1 } },
    ])
    expect(cellsOf(ledger, 'redis', 'chatroom', 'm').elsewhere).toEqual([])
  })

  test('is not given where one of them has it', () => {
    const { ledger } = ledgerOf([
      ...opening,
      { ...delivered(CHANNEL, 'm', 'subscriber-1', 1), ...content(1) } as Draft,
    ])
    const { all, cells } = cellsOf(ledger, 'redis', 'chatroom', 'm')
    expect(all).toBeNull()
    expect(cells.map(({ kind }) => kind)).toEqual(['delivery', 'ghost'])
  })

  test('a rejected message is shown as dead where it was dead-lettered, and as rejected elsewhere', () => {
    const life = [
      { ...delivered(QUEUE, 'm', 'worker-1', 1), ...content(1) } as Draft,
      settled('rejected', QUEUE, 'm', 'worker-1', 1),
    ]
    const dead = {
      ...receipt('refused', QUEUE, 'm'),
      kind: 'dead-lettered',
      to: 'mailbox.dead',
      attempts: 1,
    } as unknown as Draft
    const before = cellsOf(ledgerOf([...opening, ...life]).ledger, 'rabbitmq', 'mailbox', 'm').cells[0]
    const after = cellsOf(ledgerOf([...opening, ...life, dead]).ledger, 'rabbitmq', 'mailbox', 'm').cells[0]
    expect(before).toMatchObject({ kind: 'delivery', dead: false })
    expect(after).toMatchObject({ kind: 'delivery', dead: true })
  })
})
