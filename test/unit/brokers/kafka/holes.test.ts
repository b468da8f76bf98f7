import type { Batch } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Hole, HoleReports, holesIn, type ReadRecord } from '#lib/brokers/kafka/holes.ts'

const record = (offset: number, more: Partial<ReadRecord> = {}) =>
  ({ offset: String(offset), key: null, value: null, timestamp: '0', attributes: 0, ...more }) as ReadRecord

/** A fetched batch as kafkajs makes it: `all` was fetched, and `hidden` of it left out. */
function batch(all: ReadRecord[], hidden: ReadRecord[] = []): Batch {
  const messages = all.filter((one) => !hidden.includes(one))
  return { partition: 0, messages, messagesWithinOffset: all } as unknown as Batch
}

const found = (all: ReadRecord[], next: number, hidden: ReadRecord[] = []) =>
  holesIn(batch(all, hidden), next).map(({ reason, from, to, missed, before }) => [
    reason,
    from,
    to,
    missed,
    before,
  ])

describe('holes of a fetched batch', () => {
  test('are none where each offset follows the one before', () => {
    expect(found([record(5), record(6), record(7)], 5)).toEqual([])
  })

  test('are what compaction removed, each before the record that comes next', () => {
    expect(found([record(7), record(10)], 5)).toEqual([
      ['compaction', 5, 6, 2, 0],
      ['compaction', 8, 9, 2, 1],
    ])
  })

  test('are the markers and the aborted records of transactions', () => {
    const [aborted, marker] = [record(6), record(7)]
    expect(found([record(5), aborted, marker, record(8)], 5, [aborted, marker])).toEqual([
      ['transaction', 6, 7, 2, 1],
    ])
  })

  test('reach to the end of a batch whose last records were removed', () => {
    expect(found([record(5), record(9, { isFiller: true })], 5)).toEqual([['compaction', 6, 9, 4, 1]])
  })

  test('are none where an unreadable record stands for several', () => {
    const lost = record(9, { unreadable: { reason: 'corrupt', offset: '6', records: 4 } })
    expect(found([record(5), lost, record(10)], 5)).toEqual([])
  })
})

describe('reports of holes', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const hole = (reason: Hole['reason'], from: number, to = from): Hole => ({
    partition: 0,
    reason,
    from,
    to,
    missed: to - from + 1,
  })

  test('name the first hole of each reason at once', () => {
    const seen: Hole[] = []
    const reports = new HoleReports((one) => void seen.push(one))
    reports.add(hole('retention', 0, 9))
    reports.add(hole('compaction', 12))
    reports.add(hole('retention', 20, 29))
    expect(seen.map(({ reason, missed }) => [reason, missed])).toEqual([
      ['retention', 10],
      ['compaction', 1],
    ])
    reports.flush()
    expect(seen.at(-1)).toMatchObject({ reason: 'retention', from: 20, to: 29 })
  })

  test('gather markers that come one after the other into one report a second, with their sum', async () => {
    const seen: Hole[] = []
    const reports = new HoleReports((one) => void seen.push(one))
    for (let offset = 1; offset < 200; offset += 2) reports.add(hole('transaction', offset))
    expect(seen.map(({ missed }) => missed)).toEqual([1])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(seen.map(({ from, to, missed }) => [from, to, missed])).toEqual([
      [1, 1, 1],
      [3, 199, 99],
    ])
    await vi.advanceTimersByTimeAsync(5_000)
    reports.add(hole('transaction', 201))
    expect(seen).toHaveLength(3)
    reports.add(hole('transaction', 203))
    reports.flush()
    expect(seen).toHaveLength(4)
  })
})
