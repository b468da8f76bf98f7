import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { acknowledges, createRedisBench, eventsOf, numbered } from './support/redis-bench.ts'

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

  it('DQ-30 entries that were dropped before any worker had read them are a gap of their number, once for the group', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    await bench.sendAll(driver, address, numbered('early', 10))
    await outside.xtrim(address, 'MAXLEN', '=', 7)
    const workers = [
      await bench.attach(driver, address, { prefetch: 1 }),
      await bench.attach(driver, address, { prefetch: 1 }),
    ]
    const missed = () => workers.flatMap((worker) => eventsOf(worker, 'gap'))
    await until('the first gap', () => missed().length > 0)
    expect(missed()).toMatchObject([{ reason: 'retention', missed: 3 }])
    const texts = () => workers.flatMap((worker) => worker.texts())
    await until('the rest', () => texts().length >= 7)
    for (const worker of workers) await worker.consumer.pause()
    await bench.sendAll(driver, address, numbered('late', 10))
    await until('full prefetches', () => texts().length >= 9)
    await outside.xtrim(address, 'MAXLEN', '=', 2)
    await until('the second gap', () => missed().length > 1)
    for (const worker of workers) await worker.consumer.resume()
    await until('the end', () => texts().includes('late 9'))
    expect(missed()).toMatchObject([{ missed: 3 }, { missed: 6 }])
    await until('nothing ready', async () => (await bench.facts(driver, address, 'queue')).ready === 0)
    await Promise.all(workers.map((worker) => worker.consumer.leave()))
    await bench.sendAll(driver, address, numbered('alone', 5))
    await outside.xtrim(address, 'MAXLEN', '=', 2)
    const next = await bench.attach(driver, address)
    await until('the third gap', () => eventsOf(next, 'gap').length > 0)
    await until('what is left', () => next.texts().includes('alone 4'))
    expect(eventsOf(next, 'gap')).toMatchObject([{ missed: 3 }])
    expect(next.texts()).toEqual(['alone 3', 'alone 4'])
  })
})
