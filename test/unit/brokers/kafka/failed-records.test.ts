import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Arrived, attemptAfter, FailedRecords } from '#lib/brokers/kafka/failed-records.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Tries the record at `offset` of partition 0, as a fetch brings it, until it succeeds or is skipped. */
function worker() {
  const resting = new Set<number>()
  const failed = new FailedRecords({
    rest: (partition) => void resting.add(partition),
    rested: (partition) => void resting.delete(partition),
  })
  let deliveries = 0
  const attempts: Array<number | null> = []
  const fail = (offset: string, redelivered = false) => {
    failed.try(0, offset, (before) => {
      const arrived: Arrived = {
        delivery: ++deliveries,
        attempt: attemptAfter(before, redelivered || before !== undefined),
      }
      attempts.push(arrived.attempt)
      return arrived
    })
    failed.failed(0)
  }
  return { failed, resting, attempts, fail, latest: () => deliveries }
}

it('a partition rests after each failure at a record, longer and longer, and attempts in a row are counted', async () => {
  const { resting, attempts, fail } = worker()
  const rests: number[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    const startedAt = Date.now()
    fail('7')
    expect([...resting]).toEqual([0])
    while (resting.size > 0) await vi.advanceTimersByTimeAsync(50)
    rests.push(Date.now() - startedAt)
  }
  expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(rests[0]).toBeLessThanOrEqual(500)
  expect(rests.at(-1)).toBeGreaterThanOrEqual(2_500)
  expect(Math.max(...rests)).toBeLessThanOrEqual(5_050)
})

it('the attempts of a record that others had before stay unknown', () => {
  const { attempts, fail } = worker()
  fail('7', true)
  fail('7')
  expect(attempts).toEqual([null, null])
})

it('a skip ends the rest, and the record counts as done when it is read again', () => {
  const { failed, resting, fail, latest } = worker()
  fail('7')
  failed.skip(latest())
  expect([...resting]).toEqual([])
  expect(failed.isSkipped(0, '7')).toBe(true)
  failed.done(0)
  expect(failed.isSkipped(0, '7')).toBe(false)
})

it('a skip of an arrival before the latest is refused: two presses skip one record', () => {
  const { failed, fail, latest } = worker()
  fail('7')
  const first = latest()
  fail('7')
  expect(() => failed.skip(first)).toThrow(expect.objectContaining({ code: 'delivery-not-found' }))
  failed.skip(latest())
  failed.done(0)
  expect(() => failed.skip(latest())).toThrow(expect.objectContaining({ code: 'delivery-not-found' }))
})

it('a record elsewhere begins anew, after a seek or with other partitions', () => {
  const { failed, resting, attempts, fail } = worker()
  fail('7')
  failed.reset()
  expect([...resting]).toEqual([])
  fail('7')
  fail('8')
  expect(attempts).toEqual([1, 1, 1])
})
