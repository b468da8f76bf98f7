import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { createRedisBench, eventsOf, hears } from './support/redis-bench.ts'

const bench = createRedisBench('queue')

describe('keys that hold something else', () => {
  it('are refused in plain words and left as they are, without breaking anything', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const taken = `${address}-hash`
    await outside.hset(taken, 'field', 'value')
    bench.undo.push(() => outside.del(taken))
    await expect(bench.declare(driver, {}, taken)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('holds a hash') },
    })
    expect(await outside.hgetall(taken)).toEqual({ field: 'value' })
    const worker = await bench.attach(driver, address)
    await bench.send(driver, address, 'all is well')
    await hears(worker, 'all is well')
  })

  it('a kind cannot be altered: a stream stays a stream', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const settings = { kind: 'list' }
    await expect(driver.alter({ address, mode: 'queue', settings, owned: true })).rejects.toMatchObject({
      code: 'not-capable',
    })
  })
})

describe('removing', () => {
  it('deletes an owned queue with its dead letters', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'reject' })
    await bench.send(driver, address, 'poison')
    await until('its end', () => eventsOf(worker, 'rejected').length === 1)
    await worker.consumer.leave()
    await driver.remove(address)
    expect(await outside.keys(`${address}*`)).toEqual([])
  })

  it('keeps what existed before, without the group that was created for it', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = `${await bench.declare(driver)}-kept`
    await outside.xadd(address, '*', 'body', 'theirs')
    const spec = { address, mode: 'queue', settings: {}, owned: true } as const
    expect((await driver.declare(spec)).existed).toBe(true)
    await driver.remove(address, { keep: true })
    expect(await outside.keys(`${address}*`)).toEqual([address])
    expect(await outside.xinfo('GROUPS', address)).toEqual([])
    await outside.del(address)
  })
})
