import type { EachBatchPayload } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { BatchReader, processRecord } from '#lib/brokers/kafka/batch-reader.ts'
import { type Hole, HoleReports, type ReadRecord } from '#lib/brokers/kafka/holes.ts'
import { OffsetCommits } from '#lib/brokers/kafka/offset-commits.ts'
import { PartitionPauses } from '#lib/brokers/kafka/partition-pauses.ts'
import { RecordRetries } from '#lib/brokers/kafka/record-retries.ts'
import { now } from '#lib/util/clock.ts'

function processing(
  over: Partial<Parameters<typeof processRecord>[0]> & {
    processingMs?: number
    failurePercent?: number
  } = {},
) {
  const { processingMs = 0, failurePercent = 0, ...rest } = over
  const counts = { heartbeats: 0 }
  const done = processRecord({
    settings: () => ({ readUncommitted: false, processingMs, failurePercent, mayFail: true }),
    isPoison: false,
    isOver: () => false,
    isSkipped: () => false,
    heartbeat: async () => void counts.heartbeats++,
    ...rest,
  })
  return { done, counts }
}

it('a record is done after its processing time, and heartbeats continue meanwhile', async () => {
  const startedAt = now()
  const { done, counts } = processing({ processingMs: 600 })
  expect(await done).toBe('done')
  expect(now() - startedAt).toBeGreaterThanOrEqual(590)
  expect(counts.heartbeats).toBeGreaterThanOrEqual(2)
})

it('a record fails as often as the settings say, and a poison one always', async () => {
  expect(await processing({ failurePercent: 100 }).done).toBe('failed')
  expect(await processing({ failurePercent: 0 }).done).toBe('done')
  expect(await processing({ failurePercent: 0, isPoison: true }).done).toBe('failed')
})

it('a record that is skipped meanwhile is done at once', async () => {
  const startedAt = now()
  const isSkipped = () => now() - startedAt > 100
  expect(await processing({ processingMs: 60_000, isPoison: true, isSkipped }).done).toBe('done')
  expect(now() - startedAt).toBeLessThan(5_000)
})

it('processing stops early once the record belongs to another consumer', async () => {
  const startedAt = now()
  const { done } = processing({ processingMs: 60_000, isOver: () => now() - startedAt > 100 })
  expect(await done).toBe('over')
  expect(now() - startedAt).toBeLessThan(5_000)
})

it('a rebalance interrupts processing: the record comes again, here or elsewhere', async () => {
  const { done } = processing({
    processingMs: 60_000,
    heartbeat: async () => Promise.reject(new Error('rebalancing')),
  })
  await expect(done).rejects.toThrow('rebalancing')
})

describe('a fetched batch', () => {
  const record = (offset: number, more: Partial<ReadRecord> = {}) =>
    ({ offset: String(offset), key: null, value: null, timestamp: '0', attributes: 0, ...more }) as ReadRecord

  /** What a reader that is to go on at `next` makes of it; `hidden` are records that kafkajs leaves out. */
  async function read(all: ReadRecord[], next: number, { hidden = [] as ReadRecord[], sought = false } = {}) {
    const steps: string[] = []
    const resolved: string[] = []
    let reached = next
    const pauses = new PartitionPauses('t')
    const reader = new BatchReader({
      pauses,
      positions: {
        retries: new RecordRetries(pauses),
        holes: new HoleReports(({ reason, missed }: Hole) => void steps.push(`${missed} ${reason}`)),
        next: () => reached,
        reached: (_partition, to) => {
          reached = to
        },
      },
      commits: new OffsetCommits('t', () => undefined),
      settings: () => ({ readUncommitted: false, processingMs: 0, failurePercent: 0, mayFail: false }),
      mayDeliver: () => true,
      refusals: {
        refused: (partition, refusal) => void steps.push(`${partition} ${refusal}`),
        answered: () => undefined,
      },
      deliver: ({ offset, unreadable }) => {
        steps.push(unreadable ? `unreadable ${unreadable.offset}` : offset)
        return { delivery: steps.length, attempt: 1 }
      },
    })
    let isStale = false
    await reader.read({
      batch: {
        partition: 0,
        messages: all.filter((one) => !hidden.includes(one)),
        messagesWithinOffset: all,
        firstOffset: () => all[0]?.offset,
        lastOffset: () => all.at(-1)?.offset,
      },
      resolveOffset: (offset: string) => {
        resolved.push(offset)
        isStale = sought
      },
      commitOffsetsIfNecessary: async () => undefined,
      heartbeat: async () => undefined,
      isRunning: () => true,
      isStale: () => isStale,
    } as unknown as EachBatchPayload)
    return { steps, resolved, reached }
  }

  it('that the broker refused holds nothing: its position stays, and no hole is seen', async () => {
    const refused = record(Number.MAX_SAFE_INTEGER, { refusal: 'its log is damaged' })
    const { steps, resolved, reached } = await read([refused], 3)
    expect(steps).toEqual(['0 its log is damaged'])
    expect(resolved).toEqual([])
    expect(reached).toBe(3)
  })

  it('is delivered in order, each hole before the record that comes next, and is read on behind all of it', async () => {
    const marker = record(9)
    const lost = record(8, { unreadable: { reason: 'corrupt', offset: '7', records: 2 } })
    const { steps, resolved, reached } = await read([record(5), lost, marker], 3, { hidden: [marker] })
    // The hole at 6 follows that before 5 too soon for a report of its own.
    expect(steps).toEqual(['2 compaction', '5', 'unreadable 7', '1 transaction'])
    expect([resolved.at(-1), reached]).toEqual(['9', 10])
  })

  it('that ends with removed records is read on behind them, and they are no records', async () => {
    const { steps, resolved, reached } = await read([record(5), record(9, { isFiller: true })], 5)
    expect(steps).toEqual(['5', '4 compaction'])
    expect([resolved.at(-1), reached]).toEqual(['9', 10])
  })

  it('leaves the position to a seek that came meanwhile', async () => {
    const { reached } = await read([record(5)], 5, { sought: true })
    expect(reached).toBe(5)
  })
})
