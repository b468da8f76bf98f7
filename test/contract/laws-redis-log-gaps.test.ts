import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { attachRecorder } from './support/contract-bench.ts'
import { createRedisBench, eventsOf, hears, numbered } from './support/redis-bench.ts'

/** Pinned on Redis 7.0, which brought `entries-added`: before it, nothing can be known of what was removed. */
const bench = createRedisBench('log')

describe('a Redis stream from which entries were removed', () => {
  it('DL-10 a reader whose next entries are gone emits a gap of their number at once, and the right number of the entry after it', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address, { processingMs: 1 })
    await bench.send(driver, address, 'first')
    await hears(reader, 'first')
    await reader.consumer.pause()
    await bench.sendAll(driver, address, numbered('entry', 60))
    await reader.consumer.seek({ to: 'offset', offset: '1' })
    await outside.xtrim(address, 'MAXLEN', '=', 30)
    await reader.consumer.resume()
    await hears(reader, 'entry 59')
    expect(eventsOf(reader, 'gap')).toMatchObject([{ reason: 'retention', missed: 30 }])
    const places = reader.deliveries().map(({ address: at }) => (at.kind === 'entry' ? at.index : null))
    expect(places).toEqual([0, ...Array.from({ length: 30 }, (_, index) => 31 + index)])
  })

  it('DL-11 an entry that was appended and deleted before a waiting reader could read it is a gap', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.send(driver, address, 'first')
    await hears(reader, 'first')
    await bench
      .outside()
      .multi()
      .xadd(address, '*', 'body', 'never read')
      .xadd(address, '*', 'body', 'kept')
      .xtrim(address, 'MAXLEN', '=', 1)
      .exec()
    await hears(reader, 'kept')
    await until('the gap', () => eventsOf(reader, 'gap').length > 0)
    expect(eventsOf(reader, 'gap')).toMatchObject([{ reason: 'retention', missed: 1 }])
    expect(reader.texts()).toEqual(['first', 'kept'])
  })

  it('DL-16 a reader that began after an entry, or sought a time, emits a gap of the entries that were removed before it came to them', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const receipts = await bench.sendAll(driver, address, numbered('entry', 30))
    const ids = receipts.map((receipt) =>
      'address' in receipt && receipt.address?.kind === 'entry' ? receipt.address.id : '',
    )
    await outside.xtrim(address, 'MAXLEN', '=', 25)
    const after = await bench.attach(driver, address, { from: 'id', id: ids[9] ?? '', processingMs: 10_000 })
    await hears(after, 'entry 10')
    const since = await bench.attach(driver, address)
    await since.consumer.pause()
    await since.consumer.seek({ to: 'time', at: Number(ids[0]?.split('-')[0]) })
    await outside.xtrim(address, 'MAXLEN', '=', 3)
    await Promise.all([since.consumer.resume(), after.consumer.update({ processingMs: 0 })])
    await Promise.all([hears(since, 'entry 29'), hears(after, 'entry 29')])
    expect(eventsOf(since, 'gap')).toMatchObject([{ reason: 'retention', missed: 22 }])
    const heard = after.texts().length
    await until('its gap', () => eventsOf(after, 'gap').length > 0)
    expect(eventsOf(after, 'gap')).toMatchObject([{ reason: 'retention', missed: 20 - heard }])
  })

  it('DL-17 a reader learns that all it has not had is gone, although nothing comes after it: what was trimmed, and what was deleted in between', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.send(driver, address, 'first')
    await hears(reader, 'first')
    await reader.consumer.pause()
    await bench.sendAll(driver, address, numbered('trimmed', 5))
    await outside.xtrim(address, 'MAXLEN', '=', 0)
    await reader.consumer.resume()
    const missed = () =>
      eventsOf(reader, 'gap').reduce((sum, gap) => sum + ('missed' in gap ? gap.missed : 0), 0)
    // What it was waiting for when it was paused, it had.
    const heard = () => reader.texts().length - 1
    await until('the gap', () => missed() > 0)
    expect(missed()).toBe(5 - heard())
    await reader.consumer.pause()
    const receipts = await bench.sendAll(driver, address, numbered('deleted', 9))
    const ids = receipts.map((receipt) =>
      'address' in receipt && receipt.address?.kind === 'entry' ? receipt.address.id : '',
    )
    await outside.xdel(address, ids[3] ?? '', ids[4] ?? '', ids[8] ?? '')
    await reader.consumer.resume()
    await hears(reader, 'deleted 7')
    await until('the gaps', () => missed() + heard() === 14)
    await bench.send(driver, address, 'last')
    await hears(reader, 'last')
    expect(missed() + heard()).toBe(15)
  })

  it('DL-18 a stream that another program replaced, with older ids or fewer entries, is read from its beginning by readers that wait at the end of the old one', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.sendAll(driver, address, numbered('old', 3))
    await hears(reader, 'old 2')
    await outside.multi().del(address).xadd(address, '1-1', 'body', 'older').exec()
    await until('the older entry', async () => {
      await driver.facts(address)
      return reader.texts().includes('older')
    })
    const next = await outside.xadd(address, '*', 'body', 'next')
    await hears(reader, 'next')
    const other = `${address}.other`
    // By Redis's clock both may be of one millisecond, and no reader could tell two streams with the same count and last id apart.
    const newer = `${Number(next?.split('-')[0]) + 1}-0`
    await outside.xadd(other, '2-1', 'body', 'renamed')
    await outside.xadd(other, newer, 'body', 'and newer')
    await outside.rename(other, address)
    await Promise.all(['renamed', 'and newer'].map((text) => hears(reader, text)))
    await outside.multi().del(address).xadd(address, '3-1', 'body', 'fewer').exec()
    await outside.xadd(address, '*', 'body', 'last')
    await Promise.all(['fewer', 'last'].map((text) => hears(reader, text)))
    expect(bench.faults.every(({ code }) => code === 'position-lost')).toBe(true)
    expect(eventsOf(reader, 'gap')).toEqual([])
  })

  it('DL-19 a reader whose stream was gone, and is another one by now, reads all of it, although it began at the end', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    await bench.sendAll(driver, address, numbered('before', 3))
    const spec = { name: 'back', address, mode: 'log' as const, settings: {}, madeAgain: true }
    const reader = await attachRecorder(driver, spec)
    bench.undo.push(() => reader.consumer.leave())
    await hears(reader, 'before 2')
    expect(reader.texts()).toEqual(numbered('before', 3))
  })
})
