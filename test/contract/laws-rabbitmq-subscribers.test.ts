import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { Recorder } from './support/contract-bench.ts'
import { createRabbitBench, draft, numbered, publishAll, settlings, story } from './support/rabbitmq-bench.ts'

/** More laws of a RabbitMQ exchange: what a subscriber's own queue does for it, and other programs there. */

const bench = createRabbitBench()
const exchange = (driver: Driver, settings: Settings = {}) =>
  bench.declare(driver, uniqueName('law'), 'fanout', settings)
const subscribe = (driver: Driver, address: string, settings: Settings = {}) =>
  bench.attach(driver, address, settings, 'fanout')
const publish = (driver: Driver, address: string, text: string, key?: string, settings?: Settings) =>
  driver.publish(
    address,
    draft(text, { ...(key === undefined ? {} : { key }), ...(settings ? { settings } : {}) }),
  )

async function factsOf(driver: Driver, address: string): Promise<FanoutFacts> {
  const facts = await driver.facts(address)
  if (facts.mode !== 'fanout') throw new Error(`facts of an exchange came as ${facts.mode}`)
  return facts
}

describe('when too slow', () => {
  it('RF-14 when too slow: a subscriber alone has a backlog, in its own queue: its prefetch is unacked, the rest is ready', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const slow = await subscribe(driver, address, { prefetch: 2, processingMs: 10_000 })
    const quick = await subscribe(driver, address)
    await publishAll(driver, address, numbered('m', 8))
    await until('all at the quick one', () => settlings(quick).length === 8)
    // The broker counts an acknowledgement a moment after it was written.
    await until('the backlog', async () => {
      const { waiting } = await factsOf(driver, address)
      const of = ({ spec }: Recorder) => waiting.find(({ consumer }) => consumer === spec.name)?.messages
      return waiting.length === 2 && of(slow) === 8 && of(quick) === 0
    })
    expect(slow.texts()).toHaveLength(2)
  })

  it('RF-15 when too slow: without acknowledgements a paused one is unsubscribed, and its own queue keeps what comes', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const one = await subscribe(driver, address, { ackMode: 'none' })
    await one.consumer.pause()
    await publishAll(driver, address, numbered('m', 3))
    expect(one.texts()).toEqual([])
    await one.consumer.resume()
    await until('three', () => one.texts().length === 3)
  })
})

describe('when poisoned', () => {
  it('RF-16 when poisoned: what a subscriber requeues comes again to it alone; what it rejects is gone', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const byHand = await subscribe(driver, address, { ackMode: 'manual' })
    const other = await subscribe(driver, address)
    await publish(driver, address, 'bad')
    await until('it', () => byHand.texts().length === 1)
    await byHand.consumer.settle(byHand.deliveries()[0]?.delivery ?? 0, 'requeue')
    await until('again', () => byHand.texts().length === 2)
    await byHand.consumer.settle(byHand.deliveries()[1]?.delivery ?? 0, 'reject')
    expect(story(byHand)).toEqual(['delivered bad', 'requeued bad', 'delivered bad', 'rejected bad'])
    expect(byHand.deliveries()[1]).toMatchObject({ redelivered: true })
    await until('settled', () => settlings(other).length === 1)
    expect(other.texts()).toEqual(['bad'])
  })
})

describe('when poisoned by a header', () => {
  it('RF-44 when poisoned: each subscriber fails at its own copy of a message with the header x-poison, until it rejects it; what comes after it arrives all the same', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const requeues = await subscribe(driver, address, { onFailure: 'requeue' })
    const rejects = await subscribe(driver, address, { onFailure: 'reject' })
    await driver.publish(address, draft('bad', { headers: { 'x-poison': 'true' } }))
    await publish(driver, address, 'good')
    await until('again and again', () => requeues.texts().filter((text) => text === 'bad').length >= 3)
    await until('both', () => settlings(rejects).length === 2)
    expect(story(rejects)).toEqual(expect.arrayContaining(['rejected bad', 'acknowledged good']))
    await until('what came after it', () => story(requeues).includes('acknowledged good'))
    await requeues.consumer.update({ onFailure: 'reject' })
    await until('its end', () => story(requeues).includes('rejected bad'))
  })
})

describe('other programs', () => {
  it('RF-17 messages of other programs are received, each message under one identity at all subscribers, even without an id; equal texts keep identities of their own', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const both = [await subscribe(driver, address), await subscribe(driver, address)]
    const { channel } = await bench.outside()
    for (const text of ['same', 'same', 'other']) channel.publish(address, '', Buffer.from(text))
    for (const one of both) await until('three', () => one.texts().length === 3)
    const [first, second] = both.map((one) => one.deliveries().map(({ identity }) => identity))
    expect(second).toEqual(first)
    expect(new Set(first).size).toBe(3)
  })

  it('RF-18 other programs that bind queues of their own are counted as outside ones, with their binding keys', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'topic' })
    const one = await subscribe(driver, address, { bindingKey: 'eu.#' })
    const { channel } = await bench.outside()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, address, 'us.#')
    const facts = await factsOf(driver, address)
    expect(facts).toMatchObject({ subscribers: 2, outside: 1, outputBuffers: [], unrouted: null })
    expect(facts.bindings.map(({ consumer, key }) => [consumer, key]).sort()).toEqual(
      [
        [one.spec.name, 'eu.#'],
        [null, 'us.#'],
      ].sort(),
    )
  })

  it('RF-19 without the management API the facts are unknown', async () => {
    const { driver } = await bench.open({ managementUrl: 'http://guest:guest@127.0.0.1:9' })
    const address = await exchange(driver)
    const one = await subscribe(driver, address)
    expect(await factsOf(driver, address)).toMatchObject({
      subscribers: null,
      outside: null,
      bindings: [],
      waiting: [{ consumer: one.spec.name, messages: null }],
    })
  })

  it('RF-20 an exchange that exists with another type is refused in plain words, and harms nothing', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('law')
    await channel.assertExchange(address, 'direct', { durable: false })
    bench.undo.push(() => channel.deleteExchange(address))
    const spec = { address, mode: 'fanout' as const, settings: {}, owned: true }
    await expect(driver.declare(spec)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: {
        reason: expect.stringMatching(/exchange ".+" exists already .+ its type is direct, and fanout/),
      },
    })
    expect(await driver.declare({ ...spec, owned: false })).toEqual({
      traits: ['not durable', 'direct'],
      settings: { exchange: 'direct' },
      existed: true,
    })
    await driver.remove(address)
    await channel.checkExchange(address)
  })
})
