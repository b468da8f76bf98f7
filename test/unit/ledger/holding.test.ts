import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import {
  AT,
  CHANNEL,
  consumer,
  content,
  type Draft,
  delivered,
  destination,
  EPOCH,
  gap,
  numbered,
  published,
  QUEUE,
  settled,
} from './event-maker.ts'

const PANE = 'rabbitmq:mailbox:worker-1'
const opening = [
  destination(QUEUE),
  consumer(QUEUE, 'worker-1', 'attached'),
  consumer(QUEUE, 'worker-2', 'attached'),
]
const job = (number: number): Draft =>
  delivered(QUEUE, `message-${number}`, 'worker-1', number, content(number))
const inEpoch = (epoch: string, drafts: readonly Draft[]) =>
  numbered(drafts).map((event) => ({ ...event, epoch }))

function paneOf(ledger: ReturnType<typeof createLedger>) {
  const pane = ledger.pane(PANE)
  if (!pane) throw new Error('there is no such pane')
  return pane
}
const states = (ledger: ReturnType<typeof createLedger>) =>
  paneOf(ledger).rows.flatMap((row) => (row.type === 'delivery' ? [row.delivery.state] : []))

describe('a view stays the same object until something of it changes', () => {
  test('a message on another destination changes neither pane, destination nor trace here', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, destination(CHANNEL), job(1)]))
    const look = () => [
      ledger.pane(PANE),
      ledger.destination('rabbitmq', 'mailbox'),
      ledger.trace('rabbitmq', 'mailbox', 'message-1'),
      ledger.message('message-1'),
      ledger.destinations,
    ]
    const before = look()
    const elsewhere = published(CHANNEL, 'message-2', content(2))
    ledger.applyAll(numbered([elsewhere], ledger.seq + 1))
    look().forEach((view, index) => {
      expect(view).toBe(before[index])
    })
  })

  test('a settled arrival is a new row under its key; all other rows stay', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, job(1), job(2), job(3)]))
    const before = paneOf(ledger)
    ledger.applyAll(numbered([settled('acknowledged', QUEUE, 'message-2', 'worker-1', 2)], ledger.seq + 1))
    const after = paneOf(ledger)
    expect(after.version).toBeGreaterThan(before.version)
    expect(after.rows.map((row, index) => row === before.rows[index])).toEqual([true, true, false, true])
    expect(after.rows.map((row) => row.key)).toEqual(before.rows.map((row) => row.key))
    expect(after.rows[2]).toMatchObject({ delivery: { state: 'acknowledged' } })
    expect(before.rows[2]).toMatchObject({ delivery: { state: 'in-hand' } })
  })

  test('content that is learned late reaches the rows that were drawn without it', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, delivered(QUEUE, 'message-1', 'worker-1', 1)]))
    expect(paneOf(ledger).rows.at(-1)).toMatchObject({ message: { text: null } })
    ledger.applyAll(numbered([published(QUEUE, 'message-1', content(1))], ledger.seq + 1))
    expect(paneOf(ledger).rows.at(-1)).toMatchObject({ message: { text: 'text 1', number: 1 } })
  })
})

describe('what is held is bounded, and the views say so', () => {
  test('a pane keeps its newest rows and counts the others', () => {
    const ledger = createLedger({ rowsPerPane: 10 })
    for (let number = 1; number <= 37; number += 1) {
      ledger.applyAll(numbered([...(number === 1 ? opening : []), job(number)], ledger.seq + 1))
      if (number % 5 === 0) paneOf(ledger)
    }
    const pane = paneOf(ledger)
    expect([pane.rows.length, pane.dropped, pane.arrivals]).toEqual([10, 28, 37])
    expect(pane.rows.map((row) => row.key)).toEqual(Array.from({ length: 10 }, (_, row) => String(row + 28)))
    expect(pane.rows.at(-1)).toMatchObject({ delivery: { messageId: 'message-37', ordinal: 37 } })
  })

  test('rows that stay while older ones leave are the same objects', () => {
    const ledger = createLedger({ rowsPerPane: 10 })
    ledger.applyAll(numbered([...opening, ...Array.from({ length: 30 }, (_, index) => job(index + 1))]))
    const before = paneOf(ledger).rows
    for (const number of [31, 32, 33]) ledger.applyAll(numbered([job(number)], ledger.seq + 1))
    const between = paneOf(ledger).rows
    ledger.applyAll(numbered([job(34)], ledger.seq + 1))
    const after = paneOf(ledger).rows
    expect(between.slice(0, 7).every((row, index) => row === before[index + 3])).toBe(true)
    expect(after.slice(0, 9).every((row, index) => row === between[index + 1])).toBe(true)
  })

  test('messages leave oldest first; their rows keep their text and their settlement', () => {
    const ledger = createLedger({ messages: 3 })
    ledger.applyAll(numbered([...opening, ...[1, 2, 3, 4, 5].map(job)]))
    expect([1, 2, 3, 4, 5].map((number) => ledger.message(`message-${number}`) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ])
    ledger.applyAll(numbered([settled('acknowledged', QUEUE, 'message-1', 'worker-1', 1)], ledger.seq + 1))
    expect(states(ledger)).toEqual(['acknowledged', 'in-hand', 'in-hand', 'in-hand', 'in-hand'])
    expect(paneOf(ledger).rows[1]).toMatchObject({ message: { text: 'text 1' } })
  })

  test('a message that comes again and again keeps its newest arrivals and counts the others', () => {
    const ledger = createLedger({ arrivalsPerLife: 4 })
    const again = Array.from({ length: 9 }, (_, index) => [
      delivered(QUEUE, 'message-1', 'worker-1', index, { redelivered: index > 0 }),
      settled('requeued', QUEUE, 'message-1', 'worker-1', index),
    ]).flat()
    ledger.applyAll(numbered([...opening, ...again]))
    const life = ledger.message('message-1')?.lives.get('rabbitmq')
    expect(life?.deliveries.map(({ delivery }) => delivery)).toEqual([5, 6, 7, 8])
    expect(life?.earlier).toBe(5)
  })

  test('long bodies from outside push out rows by their length', () => {
    const ledger = createLedger({ charsPerPane: 1_000 })
    const long = (number: number) =>
      delivered(QUEUE, `message-${number}`, 'worker-1', number, { ...content(number), text: 'x'.repeat(400) })
    ledger.applyAll(numbered([...opening, long(1), long(2), long(3)]))
    expect(paneOf(ledger).rows).toHaveLength(2)
    expect(paneOf(ledger).dropped).toBe(2)
  })

  test('what rode beside the bodies counts as their text does, and stays when its arrival is let go of', () => {
    const ledger = createLedger({ messageChars: 1_000, arrivalsPerLife: 1 })
    const carried = { headers: { long: 'x'.repeat(400) } }
    const arrived = (number: number) =>
      delivered(QUEUE, `message-${number}`, 'worker-1', number, { ...content(number), carried })
    const again = delivered(QUEUE, 'message-2', 'worker-2', 1)
    ledger.applyAll(numbered([...opening, arrived(1), arrived(2), again]))
    expect(ledger.message('message-1')).toBeDefined()
    expect(ledger.message('message-2')?.lives.get('rabbitmq')?.carried).toEqual(carried)
    ledger.applyAll(numbered([arrived(3)], ledger.seq + 1))
    expect(ledger.message('message-1')).toBeUndefined()
    expect(ledger.message('message-3')?.lives.get('rabbitmq')?.carried).toEqual(carried)
  })
})

describe('a new epoch', () => {
  const begun = () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, job(1), published(QUEUE, 'message-1')]))
    return ledger
  }

  test('keeps rows behind a gap, resets counters, and leaves unknown what was unacked', () => {
    const ledger = begun()
    ledger.applyAll(inEpoch('epoch-2', [job(2)]))
    expect([ledger.epoch, ledger.seq]).toEqual(['epoch-2', 1])
    expect(ledger.gaps).toMatchObject([{ reason: 'epoch' }])
    expect(paneOf(ledger).rows.map((row) => row.type)).toEqual(['state', 'delivery', 'gap', 'delivery'])
    expect(states(ledger)).toEqual(['unknown', 'in-hand'])
    expect(ledger.destination('rabbitmq', 'mailbox')?.counts).toMatchObject({ published: 0, deliveries: 1 })
    expect(paneOf(ledger).arrivals).toBe(2)
    expect(ledger.newest()?.messageId).toBe('message-2')
  })

  test('begins with the server’s own gap when there is one, and with one gap only', () => {
    const ledger = begun()
    const [emitted] = inEpoch('epoch-2', [gap({ reason: 'epoch', to: 0 })])
    if (emitted) ledger.apply({ ...emitted, seq: 0 })
    ledger.applyAll(inEpoch('epoch-2', [job(2)]))
    expect(ledger.gaps).toHaveLength(1)
    expect(ledger.gaps[0]).toMatchObject({ evidence: 'broker', to: 0 })
  })

  test('ignores late events of the epoch before', () => {
    const ledger = begun()
    ledger.applyAll(inEpoch('epoch-2', [job(2)]))
    ledger.applyAll(numbered([job(3)], 100))
    expect(ledger.epoch).toBe('epoch-2')
    expect(paneOf(ledger).arrivals).toBe(2)
  })
})

describe('a gap', () => {
  test('in the stream leaves unacked arrivals unknown until their settlement is seen', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, job(1), job(2)]))
    ledger.applyAll(numbered([gap({ from: 6, to: 40 })], 40))
    expect(states(ledger)).toEqual(['unknown', 'unknown'])
    expect(paneOf(ledger).inHand).toEqual([])
    ledger.applyAll(numbered([settled('acknowledged', QUEUE, 'message-1', 'worker-1', 1)], 41))
    expect(states(ledger)).toEqual(['acknowledged', 'unknown'])
  })

  test('of one consumer is a row of that consumer only', () => {
    const ledger = createLedger()
    const away = gap({ reason: 'resubscribed', ...QUEUE, consumer: 'worker-1', awayMs: 105 })
    ledger.applyAll(numbered([...opening, job(1), away]))
    expect(paneOf(ledger).rows.at(-1)).toMatchObject({ type: 'gap', event: { awayMs: 105 } })
    expect(ledger.pane('rabbitmq:mailbox:worker-2')?.rows.map((row) => row.type)).toEqual(['state'])
    expect(states(ledger)).toEqual(['in-hand'])
  })
})

describe('a snapshot', () => {
  const at = (seq: number, more: Partial<RoomSnapshot> = {}): RoomSnapshot => ({
    room: 'lobby',
    epoch: EPOCH,
    seq,
    firstSeq: 1,
    number: 0,
    destinations: [],
    consumers: [],
    people: [],
    brokers: [],
    loads: [],
    ...more,
  })

  test('says what is now; older events add rows without undoing it', () => {
    const [declared, attached] = numbered(opening)
    if (declared?.kind !== 'destination' || !declared.now || attached?.kind !== 'consumer')
      throw new Error('no')
    const now = { ...attached.now, state: 'paused' as const }
    const ledger = createLedger()
    ledger.reset(at(5, { destinations: [declared.now], consumers: [now] }))
    ledger.applyAll(numbered([...opening, consumer(QUEUE, 'worker-1', 'paused'), job(1)]))
    expect(paneOf(ledger).consumer.state).toBe('paused')
    expect(paneOf(ledger).rows.map((row) => row.type)).toEqual(['state', 'state', 'delivery'])
    expect(ledger.destination('rabbitmq', 'mailbox')?.consumers.map(({ name }) => name)).toEqual(['worker-1'])
    ledger.applyAll(numbered([consumer(QUEUE, 'worker-2', 'attached')], 6))
    expect(ledger.destination('rabbitmq', 'mailbox')?.consumers.map(({ name }) => name)).toEqual([
      'worker-1',
      'worker-2',
    ])
  })

  test('of a room created again under its name resets its numbers', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([...opening, job(1)], 100))
    ledger.reset(at(2))
    ledger.applyAll(numbered([destination(QUEUE), job(2)]))
    expect(ledger.seq).toBe(2)
    expect(ledger.gaps).toHaveLength(1)
    expect(ledger.message('message-2')?.number).toBe(2)
  })
})

describe('consumers', () => {
  test('of one group stand side by side, in the order in which they joined', () => {
    const ledger = createLedger()
    const join = (name: string, group: string) => consumer(QUEUE, name, 'attached', { group })
    ledger.applyAll(numbered([destination(QUEUE), join('a', 'one'), join('b', 'two'), join('c', 'one')]))
    expect(ledger.destination('rabbitmq', 'mailbox')?.consumers.map(({ name }) => name)).toEqual([
      'a',
      'c',
      'b',
    ])
  })

  test('that were removed are no longer listed, and give back what they held', () => {
    const ledger = createLedger()
    const gone = consumer(QUEUE, 'worker-1', 'detached', { removed: true }, AT + 1)
    ledger.applyAll(numbered([...opening, job(1), gone]))
    expect(ledger.destination('rabbitmq', 'mailbox')?.consumers.map(({ name }) => name)).toEqual(['worker-2'])
    expect(states(ledger)).toEqual(['requeued'])
  })

  test('that lost their connection lose what they held unacked', () => {
    const ledger = createLedger()
    const cut = consumer(QUEUE, 'worker-1', 'attaching', { reason: 'broker-down' }, AT + 1)
    ledger.applyAll(numbered([...opening, job(1), cut]))
    expect(states(ledger)).toEqual(['lost'])
  })
})

test('when the newest message is let go of while older ones arrive, another one is the newest, and all are numbered', () => {
  const ledger = createLedger({ messages: 2 })
  ledger.applyAll(numbered([...opening, job(9), job(1), job(2)]))
  expect(ledger.newest()?.number).toBe(2)
  expect(ledger.numbered).toBe(9)
})
