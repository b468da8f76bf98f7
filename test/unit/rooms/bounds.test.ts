import { describe, expect, it } from 'vitest'
import { HISTORY_MAX_BYTES } from '#lib/protocol/limits.ts'
import { createSentTable } from '#lib/rooms/sent-table.ts'
import { createUnackedDeliveries } from '#lib/rooms/unacked-deliveries.ts'
import { createBoundedMap } from '#lib/util/bounded-map.ts'
import { receiptOf } from '#test/support/scripted-driver.ts'
import { scriptRooms } from './scripted-rooms.ts'

describe('bounds', () => {
  it('a full map remembers at least the newest three quarters, and never more than its limit', () => {
    const map = createBoundedMap<number>(100)
    for (let n = 0; n < 1_000; n += 1) {
      map.add(`${n}`, n)
      expect(map.size).toBeLessThanOrEqual(100)
      expect(map.get(`${Math.max(0, n - 74)}`)).toBe(Math.max(0, n - 74))
    }
    expect(map.get('899')).toBeUndefined()
  })

  it('a flood of outside messages does not make the room forget its own messages', () => {
    const table = createSentTable({ sent: 10, outside: 10 })
    const accepted = { meta: {}, body: Buffer.from('x'), seqBefore: 0, sentAt: 1 }
    const ours = table.accept('ours', accepted, 0)
    for (let n = 0; n < 100; n += 1) table.outside(`o-${n}`, undefined, () => ({ outside: true }))
    expect(table.accept('ours', { ...accepted, seqBefore: 50 }, 0)).toBe(ours)
    expect(table.number).toBe(101)
  })

  it('deliveries that are never settled are forgotten, the oldest first', () => {
    const table = createSentTable()
    const unacked = createUnackedDeliveries(table, 3)
    const accepted = { meta: {}, body: Buffer.from('x'), seqBefore: 0, sentAt: 1 }
    const records = Array.from({ length: 5 }, (_, n) => table.acceptNew(`m${n}`, accepted))
    records.forEach((record, n) => {
      unacked.add(n, record)
    })
    expect([0, 1, 2, 3, 4].map((n) => unacked.take(n)?.id)).toEqual([undefined, undefined, 'm2', 'm3', 'm4'])
    expect(records.map(({ pending }) => pending)).toEqual([0, 0, 0, 0, 0])
  })

  it('history never holds more bytes of text than its limit', async () => {
    const { lobby, drivers } = await scriptRooms()
    drivers.redis.script.publish = async () => receiptOf()
    const text = 'x'.repeat(8_000)
    for (let n = 0; n < 4_000; n += 1) await lobby.publish({ text, to: [{ system: 'redis' }] })
    const { epoch, firstSeq, seq } = await lobby.snapshot()
    const held = (await lobby.eventsSince({ epoch, seq: firstSeq - 1 }, seq)).events
    const bytes = held.reduce((sum, event) => sum + JSON.stringify(event).length, 0)
    expect(bytes).toBeLessThanOrEqual(HISTORY_MAX_BYTES)
    expect(bytes).toBeGreaterThan(HISTORY_MAX_BYTES * 0.9)
  })
})
