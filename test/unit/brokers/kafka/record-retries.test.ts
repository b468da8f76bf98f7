import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Arrived, attemptAfter, RecordRetries } from '#lib/brokers/kafka/record-retries.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Tries the record at `offset` of partition 0, as a fetch brings it, until it succeeds or is skipped. */
function worker() {
  const backedOff = new Set<number>()
  const retries = new RecordRetries({
    backOff: (partition) => void backedOff.add(partition),
    endBackOff: (partition) => void backedOff.delete(partition),
  })
  let deliveries = 0
  const attempts: Array<number | null> = []
  const fail = (offset: string, redelivered = false) => {
    retries.try(0, offset, (before) => {
      const arrived: Arrived = {
        delivery: ++deliveries,
        attempt: attemptAfter(before, redelivered || before !== undefined),
      }
      attempts.push(arrived.attempt)
      return arrived
    })
    retries.failed(0)
  }
  return { retries, backedOff, attempts, fail, latest: () => deliveries }
}

it('a partition backs off after each failure at a record, longer and longer, and attempts in a row are counted', async () => {
  const { backedOff, attempts, fail } = worker()
  const backoffs: number[] = []
  for (let tries = 0; tries < 8; tries += 1) {
    const startedAt = Date.now()
    fail('7')
    expect([...backedOff]).toEqual([0])
    while (backedOff.size > 0) await vi.advanceTimersByTimeAsync(50)
    backoffs.push(Date.now() - startedAt)
  }
  expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(backoffs[0]).toBeLessThanOrEqual(500)
  expect(backoffs.at(-1)).toBeGreaterThanOrEqual(2_500)
  expect(Math.max(...backoffs)).toBeLessThanOrEqual(5_050)
})

it('the attempts of a record that others had before stay unknown', () => {
  const { attempts, fail } = worker()
  fail('7', true)
  fail('7')
  expect(attempts).toEqual([null, null])
})

it('a skip ends the back-off, and the record counts as done when it is read again', () => {
  const { retries, backedOff, fail, latest } = worker()
  fail('7')
  retries.skip(latest())
  expect([...backedOff]).toEqual([])
  expect(retries.isSkipped(0, '7')).toBe(true)
  retries.done(0)
  expect(retries.isSkipped(0, '7')).toBe(false)
})

it('a skip of an arrival before the latest is refused: two presses skip one record', () => {
  const { retries, fail, latest } = worker()
  fail('7')
  const first = latest()
  fail('7')
  expect(() => retries.skip(first)).toThrow(expect.objectContaining({ code: 'delivery-not-found' }))
  retries.skip(latest())
  retries.done(0)
  expect(() => retries.skip(latest())).toThrow(expect.objectContaining({ code: 'delivery-not-found' }))
})

it('the attempts of a record are counted anew after a seek and after a rebalance, and so are those of the next record', () => {
  const { retries, backedOff, attempts, fail } = worker()
  fail('7')
  retries.reset()
  expect([...backedOff]).toEqual([])
  fail('7')
  fail('8')
  expect(attempts).toEqual([1, 1, 1])
})
