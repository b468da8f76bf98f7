import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import { createRedisBench, eventsOf, hears, numbered } from './support/redis-bench.ts'

/** Pinned on Redis 7.0, which brought `entries-added`: before it, positions are not known as counts. */
const bench = createRedisBench('log')

describe('a Redis stream read by position', () => {
  it('DL-1 who gets it: every reader gets all of it, in one order, however many they are', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const readers = [await bench.attach(driver, address), await bench.attach(driver, address)]
    const sent = numbered('entry', 50)
    await bench.sendAll(driver, address, sent)
    for (const reader of readers) {
      await until('all', () => reader.texts().length >= sent.length)
      expect(reader.texts()).toEqual(sent)
    }
    const [one, two] = readers.map((reader) => reader.deliveries().map(({ identity }) => identity))
    expect(one).toEqual(two)
  })

  it('DL-2 after an absence: a reader that starts at the end misses it, one that starts at the beginning reads it', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    await bench.send(driver, address, 'early')
    const late = await bench.attach(driver, address)
    const thorough = await bench.attach(driver, address, { from: 'beginning' })
    await bench.send(driver, address, 'later')
    await hears(late, 'later')
    await until('both', () => thorough.texts().length === 2)
    expect(late.texts()).toEqual(['later'])
    expect(thorough.texts()).toEqual(['early', 'later'])
  })

  it('DL-3 a reader that starts after an entry reads what comes after it', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const receipts = await bench.sendAll(driver, address, ['a', 'b', 'c'])
    const [receipt] = receipts.slice(1)
    const id = receipt && 'address' in receipt && receipt.address?.kind === 'entry' ? receipt.address.id : ''
    const reader = await bench.attach(driver, address, { from: 'id', id })
    await hears(reader, 'c')
    expect(reader.texts()).toEqual(['c'])
    await expect(bench.attach(driver, address, { from: 'id' })).rejects.toMatchObject({ code: 'invalid' })
    const beyond = '99999999999999999999-0'
    await expect(bench.attach(driver, address, { from: 'id', id: beyond })).rejects.toMatchObject({
      code: 'broker-refused',
    })
  })

  it('DL-4 when a reader loses its connection: it reads on where it was, nothing missed and nothing twice', async () => {
    const driver = await bench.open('lossy-reader')
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address, {}, 'reader')
    const sent: string[] = []
    for (let round = 0; round < 5; round++) {
      const texts = numbered(`round ${round}`, 20)
      sent.push(...texts)
      const line = String(await outside.client('LIST'))
        .split('\n')
        .find((found) => found.includes(` name=lossy-reader:${address}:reader `))
      const id = Number(/^id=(\d+)/.exec(line ?? '')?.[1])
      await Promise.all([bench.sendAll(driver, address, texts), outside.client('KILL', 'ID', id)])
      await until('it to be back', () => {
        const states = eventsOf(reader, 'state').map(({ state }) => state)
        return states.filter((state) => state === 'attached').length === round + 2
      })
    }
    await until('all', () => reader.texts().length >= sent.length)
    expect(reader.texts()).toEqual(sent)
    expect(eventsOf(reader, 'gap')).toEqual([])
  })

  it('DL-5 after a crash: nothing is lost and nothing is given back, because nothing was taken', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const victim = await bench.attach(driver, address)
    await bench.send(driver, address, 'read')
    await hears(victim, 'read')
    await victim.consumer.crash()
    const again = await bench.attach(driver, address, { from: 'beginning' })
    await hears(again, 'read')
    expect(again.deliveries()[0]).toMatchObject({ redelivered: false, attempt: 1, inHand: false })
  })

  it('DL-6 replay: a reader seeks to the beginning, the end, an entry, a position or a time, and reads on from there', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    const receipts = await bench.sendAll(driver, address, ['a', 'b', 'c', 'd'])
    await hears(reader, 'd')
    const ids = receipts.map((receipt) =>
      'address' in receipt && receipt.address?.kind === 'entry' ? receipt.address.id : '',
    )
    await reader.consumer.seek({ to: 'earliest' })
    await until('all again', () => reader.texts().length === 8)
    await reader.consumer.seek({ to: 'offset', offset: ids[2] ?? '' })
    await until('from c', () => reader.texts().length === 10)
    await reader.consumer.seek({ to: 'offset', offset: '3' })
    await until('from the fourth', () => reader.texts().length === 11)
    await reader.consumer.seek({ to: 'time', at: Number(ids[0]?.split('-')[0]) })
    await until('from that moment', () => reader.texts().length === 15)
    await reader.consumer.seek({ to: 'latest' })
    await bench.send(driver, address, 'e')
    await hears(reader, 'e')
    expect(reader.texts().join(' ')).toBe('a b c d a b c d c d d a b c d e')
  })

  it('DL-7 an entry comes with its number in the stream, wherever its reader began or went on', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.sendAll(driver, address, ['a', 'b', 'c', 'd', 'e'])
    await hears(reader, 'e')
    const idOf = (place: number) => {
      const found = reader.deliveries()[place]?.address
      return found?.kind === 'entry' ? found.id : ''
    }
    await reader.consumer.seek({ to: 'earliest' })
    await until('all again', () => reader.texts().length === 10)
    await reader.consumer.pause()
    await reader.consumer.seek({ to: 'offset', offset: '3' })
    await reader.consumer.resume()
    await until('from the fourth', () => reader.texts().length === 12)
    await reader.consumer.seek({ to: 'offset', offset: idOf(2) })
    await until('from the third', () => reader.texts().length === 15)
    const late = await bench.attach(driver, address)
    await bench.send(driver, address, 'f')
    await Promise.all([hears(reader, 'f'), hears(late, 'f')])
    for (const { texts, deliveries } of [reader, late]) {
      const indexes = deliveries().map(({ address: at }) => (at.kind === 'entry' ? at.index : null))
      expect(indexes).toEqual(texts().map((text) => 'abcdef'.indexOf(text)))
    }
  })

  it('DL-8 a paused reader that seeks reads on from there once it is resumed, and nothing from its old position', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.sendAll(driver, address, ['a', 'b'])
    await hears(reader, 'b')
    await reader.consumer.pause()
    await bench.send(driver, address, 'c')
    await reader.consumer.seek({ to: 'earliest' })
    await reader.consumer.resume()
    await hears(reader, 'c')
    expect(reader.texts()).toEqual(['a', 'b', 'a', 'b', 'c'])
  })

  it('DL-9 when too slow: it lags and misses nothing, unless the stream is trimmed before it comes there', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.send(driver, address, 'first')
    await hears(reader, 'first')
    await reader.consumer.pause()
    await bench.sendAll(driver, address, numbered('entry', 10))
    const { readers } = await bench.facts(driver, address, 'log')
    expect(readers).toMatchObject([{ position: '1', lag: 10 }])
    expect(eventsOf(reader, 'gap')).toEqual([])
    await reader.consumer.seek({ to: 'offset', offset: '1' })
    await outside.xtrim(address, 'MAXLEN', '=', 2)
    await reader.consumer.resume()
    await hears(reader, 'entry 9')
    expect(reader.texts()).toEqual(['first', 'entry 8', 'entry 9'])
    expect(eventsOf(reader, 'gap')).toMatchObject([{ reason: 'retention', missed: 8 }])
  })

  it('DL-12 a slow reader reads one entry after another, and its lag shows', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address, { processingMs: 100 })
    await bench.sendAll(driver, address, numbered('entry', 5))
    await until('a lag', async () => {
      const { readers } = await bench.facts(driver, address, 'log')
      return (readers[0]?.lag ?? 0) > 0
    })
    await reader.consumer.update({ processingMs: 0 })
    await hears(reader, 'entry 4')
    expect(reader.texts()).toEqual(numbered('entry', 5))
    await expect(reader.consumer.update({ from: 'beginning' })).rejects.toMatchObject({ code: 'not-capable' })
  })

  it('DL-13 what remains: all of it, or the newest entries by MAXLEN; positions go on counting', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    await bench.sendAll(driver, address, numbered('entry', 10))
    await driver.alter({ address, mode: 'log', settings: { maxLength: 3 }, owned: true })
    await bench.send(driver, address, 'one more')
    const { partitions } = await bench.facts(driver, address, 'log')
    expect(partitions).toMatchObject([{ partition: 0, low: '8', end: '11' }])
    const reader = await bench.attach(driver, address, { from: 'beginning' })
    await hears(reader, 'one more')
    expect(reader.texts()).toEqual(['entry 8', 'entry 9', 'one more'])
    expect(eventsOf(reader, 'gap')).toEqual([])
  })

  it('DL-14 an entry with any fields is read: its text where it has one, else all fields as JSON', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await outside.xadd(address, '*', 'message', 'a text', 'priority', '3')
    await outside.xadd(address, '*', 'b', '2', 'b', '3', '1', '1')
    await outside.xadd(address, '*', 'body', Buffer.from([0xff, 0x00]))
    await until('all three', () => reader.texts().length === 3)
    const [first, second, third] = reader.deliveries()
    expect(first?.messageId).toBeNull()
    expect(first?.metadata?.().headers).toEqual({ priority: '3' })
    expect(reader.texts().slice(0, 2)).toEqual(['a text', '{"b":["2","3"],"1":"1"}'])
    expect(second?.metadata?.()).toEqual({
      headers: { 1: '1' },
      fields: ['2', '3'].map((text) => ({ in: 'headers', name: 'b', type: 'string', text })),
    })
    expect(Buffer.from(third?.body ?? []).toString('hex')).toBe('ff00')
  })

  it('DL-41 when poisoned: readers fail at nothing; an entry with the header x-poison passes like any other', async () => {
    const driver = await bench.open()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address, { processingMs: 1 })
    await bench.send(driver, address, 'bad', { headers: { 'x-poison': 'true' } })
    await bench.send(driver, address, 'good')
    await hears(reader, 'good')
    expect(reader.texts()).toEqual(['bad', 'good'])
  })

  it('DL-15 removing an owned stream deletes it', async () => {
    const driver = await bench.open()
    const outside = bench.outside()
    const address = await bench.declare(driver)
    const reader = await bench.attach(driver, address)
    await bench.send(driver, address, 'read')
    await hears(reader, 'read')
    await reader.consumer.leave()
    await driver.remove(address)
    expect(await outside.keys(`${address}*`)).toEqual([])
  })
})
