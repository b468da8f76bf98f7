import { expect, test } from 'vitest'
import { createMeter, METER_SECONDS, meterDelivery, meterView } from '#lib/ledger/counters/meter.ts'
import { createLedger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'

const HOUR_MS = 3_600_000

test('after the clock was set back, rates are counted by it, and what is only late is not taken for it', () => {
  const meter = createMeter()
  const before = 1_000_000_000_000
  for (let second = 0; second < METER_SECONDS; second += 1) meterDelivery(meter, before + second * 1_000, 1)
  const after = before - 2 * HOUR_MS
  for (let n = 0; n < 5; n += 1) meterDelivery(meter, after, 1)
  expect(meterView(meter, after + 1_000).perSecond).toBe(5)
})

test('the ledger’s time follows a clock that was set back, and not an event that is a little late', () => {
  const ledger = createLedger()
  let seq = 0
  const say = (at: number) => {
    seq += 1
    const event: RoomEvent = {
      ...{ kind: 'fault', epoch: 'e', seq, at, room: 'lobby', evidence: 'client', code: 'c', text: 't' },
    } as RoomEvent
    ledger.apply(event)
    return ledger.lastAt
  }
  const at = 1_000_000_000_000
  expect(say(at)).toBe(at)
  expect(say(at - 5_000)).toBe(at)
  expect(say(at - HOUR_MS)).toBe(at - HOUR_MS)
  expect(say(at + HOUR_MS)).toBe(at + HOUR_MS)
})
