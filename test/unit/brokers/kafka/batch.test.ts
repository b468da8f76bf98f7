import { expect, it } from 'vitest'
import { processRecord } from '#lib/brokers/kafka/batch.ts'
import { now } from '#lib/util/clock.ts'

function processing(
  over: Partial<Parameters<typeof processRecord>[0]> & {
    processingMs?: number
    failurePercent?: number
  } = {},
) {
  const { processingMs = 0, failurePercent = 0, ...rest } = over
  const counts = { delivered: 0, heartbeats: 0 }
  const done = processRecord({
    settings: () => ({ readUncommitted: false, processingMs, failurePercent }),
    isOver: () => false,
    isPaused: () => false,
    heartbeat: async () => void counts.heartbeats++,
    deliver: () => void counts.delivered++,
    ...rest,
  })
  return { done, counts }
}

it('a record is done after its processing time, and heartbeats continue meanwhile', async () => {
  const startedAt = now()
  const { done, counts } = processing({ processingMs: 600 })
  expect(await done).toBe(true)
  expect(now() - startedAt).toBeGreaterThanOrEqual(590)
  expect(counts.delivered).toBe(1)
  expect(counts.heartbeats).toBeGreaterThanOrEqual(2)
})

it('a failed record is retried until the consumer is paused', async () => {
  let paused = false
  const { done, counts } = processing({ failurePercent: 100, isPaused: () => paused })
  paused = true
  expect(await done).toBe(false)
  expect(counts.delivered).toBe(1)
})

it('processing stops early once the record belongs to another consumer', async () => {
  const startedAt = now()
  const { done } = processing({ processingMs: 60_000, isOver: () => now() - startedAt > 100 })
  expect(await done).toBe(false)
  expect(now() - startedAt).toBeLessThan(5_000)
})

it('a rebalance interrupts processing: the record comes again, here or elsewhere', async () => {
  const { done } = processing({
    processingMs: 60_000,
    heartbeat: async () => Promise.reject(new Error('rebalancing')),
  })
  await expect(done).rejects.toThrow('rebalancing')
})
