import { describe, expect, it } from 'vitest'
import { acknowledges, createRedisBench, numbered } from './support/redis-bench.ts'

const bench = createRedisBench('queue')

describe('a Redis stream with a group, when entries are removed', () => {
  it('DQ-14 when MAXLEN is too short: entries are dropped before any worker has read them', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver, { maxLength: 3 })
    await bench.sendAll(driver, address, numbered('job', 10))
    const worker = await bench.attach(driver, address)
    await acknowledges(worker, 3)
    expect(worker.texts()).toEqual(['job 7', 'job 8', 'job 9'])
  })
})
