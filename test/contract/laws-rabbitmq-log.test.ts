import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { LogFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { Recorder } from './support/contract-bench.ts'
import {
  createRabbitBench,
  draft,
  endConnection,
  gaps,
  numbered,
  publishAll,
  settlings,
  states,
} from './support/rabbitmq-bench.ts'

/** The laws of a RabbitMQ stream, each asked of the real broker. */

const bench = createRabbitBench()
const stream = (driver: Driver, settings: Settings = {}) =>
  bench.declare(driver, uniqueName('law'), 'log', settings)
const read = (driver: Driver, address: string, settings: Settings = {}) =>
  bench.attach(driver, address, settings, 'log')
const send = async (driver: Driver, address: string, texts: string[]) => {
  for (const text of texts) await driver.publish(address, draft(text))
}
const has = (reader: Recorder, count: number) =>
  until(`${count} read`, () => {
    if (reader.texts().length >= count) return true
    throw new Error(`only ${reader.texts().join()}`)
  })

async function factsOf(driver: Driver, address: string): Promise<LogFacts> {
  const facts = await driver.facts(address)
  if (facts.mode !== 'log') throw new Error(`facts of a stream came as ${facts.mode}`)
  return facts
}

describe('who gets it', () => {
  it('RL-1 who gets it: every reader gets all messages with their offsets, and takes nothing out', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    const readers = [await read(driver, address), await read(driver, address)]
    await publishAll(driver, address, numbered('m', 6))
    for (const reader of readers) {
      await has(reader, 6)
      expect(reader.texts()).toEqual(numbered('m', 6))
      expect(reader.deliveries().map(({ address: at }) => at)).toEqual(
        numbered('', 6).map((id) => ({ kind: 'entry', stream: address, id })),
      )
      expect(reader.deliveries().every(({ inHand }) => inHand === false)).toBe(true)
      expect(settlings(reader)).toEqual([])
    }
    const [one, two] = readers.map((reader) => reader.deliveries().map(({ identity }) => identity))
    expect(two).toEqual(one)
  })

  it.each([
    ['first', '', ['m0', 'm1', 'm2', 'm3']],
    ['next', '', []],
    ['number', '2', ['m2', 'm3']],
    ['timestamp', '2020-01-01T00:00:00Z', ['m0', 'm1', 'm2', 'm3']],
    ['timestamp', String(Date.UTC(2020, 0)), ['m0', 'm1', 'm2', 'm3']],
  ])('a reader that comes late begins at %s %s', async (from, offset, expected) => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    await send(driver, address, numbered('m', 4))
    const reader = await read(driver, address, { from, offset })
    await send(driver, address, ['new'])
    await has(reader, expected.length + 1)
    expect(reader.texts()).toEqual([...expected, 'new'])
  })

  it('RL-2 a reader starts at "last" with the batch written last', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    await send(driver, address, numbered('m', 4))
    const reader = await read(driver, address, { from: 'last' })
    await has(reader, 1)
    expect(reader.texts()).toEqual(['m3'])
  })

  it.each([
    [{ from: 'number', offset: 'soon' }],
    [{ from: 'timestamp', offset: 'yesterday' }],
    [{ prefetch: 0 }],
  ])('a start that makes no sense is refused: %o', async (settings) => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    await expect(read(driver, address, settings)).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('after a crash', () => {
  it('RL-3 after a crash: a new reader starts where its setting says: at the first message, or at the next', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    const victim = await read(driver, address)
    await send(driver, address, ['a', 'b'])
    await has(victim, 2)
    await victim.consumer.crash()
    await send(driver, address, ['c'])
    const next = await read(driver, address)
    const first = await read(driver, address, { from: 'first' })
    await send(driver, address, ['d'])
    await has(first, 4)
    await has(next, 1)
    expect([first.texts(), next.texts(), victim.texts()]).toEqual([['a', 'b', 'c', 'd'], ['d'], ['a', 'b']])
  })

  it.each([
    ['has read some', ['before']],
    ['has read nothing yet', []],
  ])(
    'a reader that %s and loses its connection reads on from its place: nothing twice, nothing missed',
    async (_, before) => {
      const { driver, clientName } = await bench.open()
      const address = await stream(driver)
      await send(driver, address, ['old'])
      const reader = await read(driver, address)
      await send(driver, address, before)
      await has(reader, before.length)
      // The management API lists a connection only some seconds after it was opened, and can end none before.
      await endConnection(`${clientName}:${address}/`)
      await send(driver, address, ['while away or back'])
      await until('attached again', () => states(reader).join() === 'attached,attaching,attached')
      await send(driver, address, ['after'])
      await has(reader, before.length + 2)
      expect(reader.texts()).toEqual([...before, 'while away or back', 'after'])
      expect(gaps(reader)).toEqual([])
      expect(new Set(reader.deliveries().map(({ redelivered }) => redelivered))).toEqual(new Set([false]))
    },
    60_000,
  )

  it('RL-4 after a crash: a stream that was deleted and declared anew is read from its first message, after a gap', async () => {
    const { driver, faults } = await bench.open()
    const address = await stream(driver)
    const reader = await read(driver, address)
    await send(driver, address, ['a', 'b', 'c'])
    await has(reader, 3)
    const { channel } = await bench.outside()
    await channel.deleteQueue(address)
    await until('attached again', () => states(reader).join() === 'attached,attaching,attached')
    await send(driver, address, ['new'])
    await has(reader, 4)
    expect(gaps(reader)).toMatchObject([{ reason: 'resubscribed' }])
    expect(faults.map(({ code }) => code)).toEqual(['queue-lost'])
    const [first, last] = [reader.deliveries()[0], reader.deliveries().at(-1)]
    expect(last).toMatchObject({ redelivered: false, address: { id: '0' } })
    expect(last?.identity, 'another message than that at the same offset before').not.toBe(first?.identity)
  })
})

describe('after an absence', () => {
  it('RL-5 after an absence: a paused reader falls behind by what is written, and reads on from its position', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    const reader = await read(driver, address)
    await send(driver, address, ['a'])
    await has(reader, 1)
    await reader.consumer.pause()
    await send(driver, address, ['b', 'c'])
    await until('a lag of 2', async () => (await factsOf(driver, address)).readers[0]?.lag === 2)
    expect(reader.texts()).toEqual(['a'])
    await reader.consumer.resume()
    await has(reader, 3)
    expect(reader.texts()).toEqual(['a', 'b', 'c'])
  })

  it('RL-11 after an absence: what was removed before a paused reader came to it is a gap of that many messages', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('law')
    const { channel } = await bench.outside()
    bench.undo.push(() => channel.deleteQueue(address))
    const sizes = { 'x-max-length-bytes': 4_000, 'x-stream-max-segment-size-bytes': 2_000 }
    await channel.assertQueue(address, { durable: true, arguments: { 'x-queue-type': 'stream', ...sizes } })
    await driver.declare({ address, mode: 'log', settings: {}, owned: false })
    const reader = await read(driver, address)
    await send(driver, address, ['a'])
    await has(reader, 1)
    await reader.consumer.pause()
    await send(driver, address, numbered('x'.repeat(1_000), 60))
    const low = async () => Number((await factsOf(driver, address)).partitions[0]?.low)
    await until('retention', async () => (await low()) > 1)
    await reader.consumer.resume()
    await has(reader, 2)
    const next = reader.deliveries()[1]?.address
    const missed = next?.kind === 'entry' ? Number(next.id) - 1 : 0
    expect(missed).toBeGreaterThan(0)
    expect(gaps(reader)).toMatchObject([{ reason: 'retention', missed }])
  })
})

describe('replay', () => {
  it('RL-6 replay: a reader seeks to the earliest, an offset, a time and the latest, and gets what it had again as redelivered', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    const reader = await read(driver, address)
    await send(driver, address, ['a', 'b', 'c'])
    await has(reader, 3)
    await reader.consumer.seek({ to: 'earliest' })
    await has(reader, 6)
    await reader.consumer.seek({ to: 'offset', offset: '2' })
    await has(reader, 7)
    await reader.consumer.seek({ to: 'time', at: Date.now() - 3_600_000 })
    await has(reader, 10)
    await reader.consumer.pause()
    await send(driver, address, ['unread'])
    await reader.consumer.seek({ to: 'latest' })
    await reader.consumer.resume()
    await send(driver, address, ['d'])
    await has(reader, 11)
    expect(reader.texts().join('')).toBe('abcabccabcd')
    expect(reader.deliveries().map(({ attempt }) => attempt)).toEqual([1, 1, 1, ...Array(7).fill(null), 1])
    await expect(reader.consumer.seek({ to: 'offset', offset: '1-1' })).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(reader.consumer.settle(1, 'ack')).rejects.toMatchObject({ code: 'not-capable' })
  })

  it('RL-7 replay: a change of the setting where it starts moves it there', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    await send(driver, address, ['a', 'b'])
    const reader = await read(driver, address)
    await reader.consumer.update({ from: 'first' })
    await has(reader, 2)
    await reader.consumer.update({ prefetch: 1, processingMs: 1 })
    await send(driver, address, ['c'])
    await has(reader, 3)
    expect(reader.texts()).toEqual(['a', 'b', 'c'])
  })
})

describe('when too slow', () => {
  it('RL-8 when too slow: a slow reader holds its prefetch, and its lag grows', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver)
    const slow = await read(driver, address, { prefetch: 2, processingMs: 10_000 })
    const quick = await read(driver, address)
    await send(driver, address, numbered('m', 10))
    await has(quick, 10)
    await until('its lag', async () => {
      const { readers } = await factsOf(driver, address)
      const lags = new Map(readers.map(({ consumer, lag }) => [consumer, lag]))
      return lags.get(slow.spec.name) === 10 - slow.texts().length && lags.get(quick.spec.name) === 0
    })
    expect(slow.texts().length).toBeLessThan(10)
  })
})

describe('what remains afterwards', () => {
  it('RL-9 what remains afterwards: everything: the facts give the ends, and every offset in between can be read again', async () => {
    const { driver } = await bench.open()
    const address = await stream(driver, { maxAgeHours: 2 })
    const hours = 3_600_000
    const empty = { partitions: [{ partition: 0, low: '0', end: '0' }], readers: [], retentionMs: 2 * hours }
    expect(await factsOf(driver, address)).toMatchObject(empty)
    await send(driver, address, ['a', 'b', 'c'])
    expect((await factsOf(driver, address)).partitions).toEqual([{ partition: 0, low: '0', end: '3' }])
    const reader = await read(driver, address, { from: 'first' })
    await has(reader, 3)
    expect((await factsOf(driver, address)).readers).toEqual([
      { consumer: reader.spec.name, position: '3', lag: 0 },
    ])
  })

  it('RL-10 a stream is durable, its settings are arguments, and other settings are refused in plain words', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('law')
    const settings = { maxAgeHours: 1, maxLengthBytes: 1_000_000 }
    const spec = { address, mode: 'log' as const, settings, owned: true }
    const { traits, existed } = await driver.declare(spec)
    expect(existed).toBe(false)
    expect(traits.sort()).toEqual(['durable', 'stream', 'x-max-age 1h', 'x-max-length-bytes 1000000'].sort())
    await expect(driver.declare({ ...spec, settings: {} })).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('exists already') },
    })
    await driver.remove(address)
    await expect(driver.facts(address)).rejects.toMatchObject({ code: 'destination-not-found' })
  })
})
