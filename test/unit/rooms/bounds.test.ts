import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADDED_CONSUMERS_MAX, HISTORY_MAX_BYTES } from '#lib/protocol/limits.ts'
import { History } from '#lib/rooms/history.ts'
import { createMessageTable } from '#lib/rooms/message-table.ts'
import { Allowance, SharedBound } from '#lib/rooms/shared-bound.ts'
import { createUnsettledMessages } from '#lib/rooms/unsettled-messages.ts'
import { createBoundedMap } from '#lib/util/bounded-map.ts'
import { receiptOf } from '#test/support/scripted-driver.ts'
import { scriptRooms } from './scripted-rooms.ts'

/** A message as it was accepted. */
const said = { meta: {}, body: new Uint8Array(), seqBefore: 0, sentAt: 1 }

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
    const table = createMessageTable({ sent: 10, outside: 10 })
    const accepted = { meta: {}, body: Buffer.from('x'), seqBefore: 0, sentAt: 1 }
    const ours = table.acceptUnder('ours', accepted, 0)
    for (let n = 0; n < 100; n += 1) table.outside(`o-${n}`, undefined, () => ({ outside: true }))
    expect(table.acceptUnder('ours', { ...accepted, seqBefore: 50 }, 0)).toBe(ours)
    expect(table.number).toBe(101)
  })

  it('deliveries that are never settled are forgotten, the oldest first', () => {
    const table = createMessageTable()
    const unacked = createUnsettledMessages(table, 3)
    const accepted = { meta: {}, body: Buffer.from('x'), seqBefore: 0, sentAt: 1 }
    const records = Array.from({ length: 5 }, (_, n) => table.acceptNew(`m${n}`, accepted))
    records.forEach((record, n) => {
      unacked.add(n, record)
    })
    expect([0, 1, 2, 3, 4].map((n) => unacked.take(n)?.id)).toEqual([undefined, undefined, 'm2', 'm3', 'm4'])
    expect(records.map(({ pending }) => pending)).toEqual([0, 0, 0, 0, 0])
  })

  it('a map that has to shrink forgets its oldest', () => {
    for (const kept of [99, 60, 25, 3, 0]) {
      const map = createBoundedMap<number>(100)
      for (let n = 0; n < 160; n += 1) map.add(`${n}`, n)
      const size = Math.min(kept, map.size)
      map.shrinkTo(kept)
      expect(map.size).toBe(size)
      for (let n = 160 - size; n < 160; n += 1) expect(map.get(`${n}`)).toBe(n)
      expect(map.get(`${159 - size}`)).toBeUndefined()
    }
  })

  it('rooms together hold no more than their bound, and one that holds less than its share keeps all of it', () => {
    const appends = fc.array(fc.record({ room: fc.nat(4), chars: fc.nat(400) }), { maxLength: 300 })
    fc.assert(
      fc.property(appends, (given) => {
        const together = new SharedBound(16_000)
        const histories = Array.from({ length: 5 }, () => new History({ together }))
        for (const history of histories) together.join(history)
        for (const { room, chars } of given) {
          const history = histories[room]
          const seq = (history?.seq ?? 0) + 1
          const text = 'x'.repeat(chars)
          history?.append(
            { kind: 'fault', epoch: 'e', seq, at: 0, room: 'r', evidence: 'client', code: 'c', text },
            null,
          )
          const total = histories.reduce((sum, { size }) => sum + size, 0)
          expect(total).toBeLessThanOrEqual(16_000 * (1 + 1 / 64) + 1_000)
          for (const { size, firstSeq } of histories) if (firstSeq > 1) expect(size).toBeGreaterThan(2_000)
        }
      }),
    )
  })

  it('rooms together recognise no more messages than their bound, and outside ones give way first', () => {
    const together = new SharedBound(640)
    const flooded = createMessageTable({ together })
    const quiet = createMessageTable({ together })
    together.join(flooded)
    together.join(quiet)
    for (let n = 0; n < 100; n += 1) quiet.acceptNew(`q${n}`, said)
    for (let n = 0; n < 5_000; n += 1) {
      flooded.outside(`o${n}`, undefined, () => ({ outside: true }))
      if (n % 50 === 0) flooded.acceptNew(`f${n}`, said)
    }
    expect(quiet.size).toBe(100)
    expect(flooded.size + quiet.size).toBeLessThanOrEqual(660)
    const { number } = flooded
    flooded.acceptUnder('f0', said, 0)
    expect(flooded.number).toBe(number)
  })

  it('content that rooms keep for late events is bounded together, and given back', () => {
    const pendingContent = new Allowance(100)
    const tables = [createMessageTable({ pendingContent }), createMessageTable({ pendingContent })]
    const records = tables.map((table) => {
      const record = table.acceptNew('m', said)
      Object.assign(record, { pending: 1, content: { text: 'x' }, contentBytes: 80 })
      table.forgotten(record)
      return record
    })
    expect(records.map(({ content }) => content !== null)).toEqual([true, false])
    const [table] = tables
    const [record] = records
    table?.close()
    if (record) table?.settled(record)
    expect(pendingContent.take(101)).toBe(false)
    expect(pendingContent.take(100)).toBe(true)
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

  it('consumers that are added to all rooms together have a bound, and a room that goes gives its places back', async () => {
    const { rooms } = await scriptRooms()
    const PER_DESTINATION = 250
    const names = Array.from({ length: PER_DESTINATION }, (_, n) => `more-${n}`)
    const destinations = Math.ceil(ADDED_CONSUMERS_MAX / PER_DESTINATION)
    let left = ADDED_CONSUMERS_MAX
    for (let room = 0; room * 2 < destinations; room += 1) {
      const { room: made } = await rooms.create(`room-${room}`)
      await made.awake()
      for (const system of ['rabbitmq', 'redis'])
        for (const name of names) if (left-- > 0) await made.addConsumer({ system, name })
    }
    const lobby = await rooms.get('lobby')
    const tooMany = expect.objectContaining({ code: 'too-many', detail: { limit: ADDED_CONSUMERS_MAX } })
    await expect(lobby.addConsumer({ system: 'redis', name: 'one' })).rejects.toEqual(tooMany)
    await expect(lobby.addConsumer({ system: 'redis', name: 'subscriber-1' })).rejects.toThrow()
    await rooms.remove('room-0')
    expect(await lobby.addConsumer({ system: 'redis', name: 'one' })).toMatchObject({ state: 'attached' })
  })
})
