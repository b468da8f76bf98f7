import { expect, it } from 'vitest'
import { workOn } from '#lib/brokers/kafka/work.ts'
import { now } from '#lib/util/clock.ts'

function bench(
  over: Partial<Parameters<typeof workOn>[0]> & { processingMs?: number; failurePercent?: number } = {},
) {
  const { processingMs = 0, failurePercent = 0, ...rest } = over
  const counts = { delivered: 0, heartbeats: 0 }
  const work = workOn({
    settings: () => ({ readUncommitted: false, processingMs, failurePercent }),
    isOver: () => false,
    isClosed: () => false,
    heartbeat: async () => void counts.heartbeats++,
    deliver: () => void counts.delivered++,
    ...rest,
  })
  return { work, counts }
}

it('a record is done after its time, and heartbeats go on meanwhile', async () => {
  const startedAt = now()
  const { work, counts } = bench({ processingMs: 600 })
  expect(await work).toBe(true)
  expect(now() - startedAt).toBeGreaterThanOrEqual(590)
  expect(counts.delivered).toBe(1)
  expect(counts.heartbeats).toBeGreaterThanOrEqual(2)
})

it('a failed record is tried again, until there is no more to be handed over', async () => {
  let closed = false
  const { work, counts } = bench({ failurePercent: 100, isClosed: () => closed })
  closed = true
  expect(await work).toBe(false)
  expect(counts.delivered).toBe(1)
})

it('a record that is no longer its own is let go of, long before its time is over', async () => {
  const startedAt = now()
  const { work } = bench({ processingMs: 60_000, isOver: () => now() - startedAt > 100 })
  expect(await work).toBe(false)
  expect(now() - startedAt).toBeLessThan(5_000)
})

it('a rebalance interrupts the work: the record comes again, here or elsewhere', async () => {
  const { work } = bench({
    processingMs: 60_000,
    heartbeat: async () => Promise.reject(new Error('rebalancing')),
  })
  await expect(work).rejects.toThrow('rebalancing')
})
