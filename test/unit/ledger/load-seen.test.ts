import { describe, expect, test } from 'vitest'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { AT, CHANNEL, content, type Draft, delivered, EPOCH, numbered } from './event-maker.ts'

const loadState = (id: string): LoadState => ({
  id,
  system: 'redis',
  destination: 'chatroom',
  state: 'running',
  rate: 0,
  count: 3,
  size: 8,
  keys: 0,
  sent: 3,
  confirmed: 3,
  failed: 0,
  startedAt: AT,
})
const reported = (id: string): Draft => ({
  ...{ epoch: EPOCH, at: AT, room: 'lobby', evidence: 'client' as const },
  kind: 'load',
  system: 'redis',
  now: loadState(id),
})
const arrives = (number: number, consumer: string, load?: string): Draft =>
  delivered(CHANNEL, `message-${number}`, consumer, number, {
    ...content(number),
    ...(load === undefined ? {} : { load }),
  })

describe('the messages of a load that arrived', () => {
  test('count once each, however many consumers get them, and nothing else counts', () => {
    const ledger = createLedger()
    ledger.applyAll(
      numbered([
        reported('load-1'),
        arrives(1, 'subscriber-1', 'load-1'),
        arrives(1, 'subscriber-2', 'load-1'),
        arrives(2, 'subscriber-1', 'load-1'),
        arrives(3, 'subscriber-1'),
      ]),
    )
    expect(ledger.load('redis')).toMatchObject({ id: 'load-1', seen: 2 })
  })

  test('count from zero again for the system’s next load', () => {
    const ledger = createLedger()
    ledger.applyAll(
      numbered([
        reported('load-1'),
        arrives(1, 'subscriber-1', 'load-1'),
        reported('load-2'),
        arrives(2, 'subscriber-1', 'load-2'),
      ]),
    )
    expect(ledger.load('redis')).toMatchObject({ id: 'load-2', seen: 1 })
    expect(ledger.load('kafka')).toBeUndefined()
  })
})

describe('the newest message that was written', () => {
  test('is none that a load has made, however many of them come after it', () => {
    const ledger = createLedger()
    ledger.applyAll(numbered([arrives(1, 'subscriber-1', 'load-1')]))
    expect(ledger.newestWritten()).toBeUndefined()
    ledger.applyAll(numbered([arrives(2, 'subscriber-1'), arrives(3, 'subscriber-1', 'load-1')], 2))
    expect(ledger.newestWritten()?.number).toBe(2)
    expect(ledger.newest()?.number).toBe(3)
  })
})
