import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
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

/** The laws of a RabbitMQ exchange with a queue for each subscriber, each asked of the real broker. */

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

describe('who gets it', () => {
  it('RF-1 who gets it: an exchange copies to each queue: two subscribers get all six messages, each with its exchange and routing key', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const both = [await subscribe(driver, address), await subscribe(driver, address)]
    for (const text of numbered('m', 6)) await publish(driver, address, text, 'any.key')
    for (const one of both) {
      await until('six', () => settlings(one).length === 6)
      expect(one.texts()).toEqual(numbered('m', 6))
      expect(one.deliveries()[0]).toMatchObject({
        key: 'any.key',
        inHand: true,
        address: { kind: 'queue', exchange: address, routingKey: 'any.key' },
      })
    }
  })

  it('RF-2 who gets it: two consumers on one queue share its copies, whatever exchange it is bound to', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const { channel } = await bench.outside()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, address, '')
    const heard: string[][] = [[], []]
    for (const mine of heard) {
      await channel.consume(queue, (message) => message && mine.push(message.content.toString()), {
        noAck: true,
      })
    }
    await publishAll(driver, address, numbered('m', 6))
    await until('six', () => heard.flat().length === 6)
    expect(heard.map(({ length }) => length)).toEqual([3, 3])
  })

  it('RF-3 who gets it: a topic exchange routes by patterns of words', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'topic' })
    const eu = await subscribe(driver, address, { bindingKey: 'eu.*' })
    const all = await subscribe(driver, address, { bindingKey: '#' })
    for (const key of ['eu.orders', 'us.orders', 'eu.orders.new']) await publish(driver, address, key, key)
    await until('all', () => all.texts().length === 3 && eu.texts().length > 0)
    expect(eu.texts()).toEqual(['eu.orders'])
  })

  it('RF-4 who gets it: a direct exchange routes by the exact key', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'direct' })
    const red = await subscribe(driver, address, { bindingKey: 'red' })
    await publish(driver, address, 'a', 'red')
    expect(await publish(driver, address, 'b', 'redder')).toMatchObject({ outcome: 'returned' })
    await until('red', () => red.texts().length === 1)
  })

  it('RF-5 who gets it: a headers exchange routes by all of the headers, or by any', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'headers' })
    const bindingHeaders = 'colour=red, size=big'
    const all = await subscribe(driver, address, { bindingHeaders, headersMatch: 'all' })
    const any = await subscribe(driver, address, { bindingHeaders, headersMatch: 'any' })
    await driver.publish(address, draft('one', { headers: { colour: 'red' } }))
    await driver.publish(address, draft('two', { headers: { colour: 'red', size: 'big' } }))
    await until('both', () => any.texts().length === 2 && all.texts().length > 0)
    expect(all.texts()).toEqual(['two'])
  })

  it('RF-6 who gets it: a binding is changed while attached, and nothing that both bindings match is missed', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'topic' })
    const one = await subscribe(driver, address, { bindingKey: 'a.#' })
    await one.consumer.update({ bindingKey: 'b.#' })
    await publish(driver, address, 'a', 'a.x', { mandatory: false })
    await publish(driver, address, 'b', 'b.x')
    await until('b', () => one.texts().length > 0)
    expect(one.texts()).toEqual(['b'])
    const { bindings } = await factsOf(driver, address)
    expect(bindings).toEqual([{ consumer: one.spec.name, to: expect.stringContaining(address), key: 'b.#' }])
  })
})

describe('when nobody listens', () => {
  it('RF-7 when nobody listens: a mandatory message is returned (312), and its confirm adds nothing', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    expect(await publish(driver, address, 'x')).toMatchObject({
      outcome: 'returned',
      replyCode: 312,
      reason: 'NO_ROUTE',
      evidence: 'broker',
    })
  })

  it('RF-8 when nobody listens: a message that is not mandatory is dropped, and confirmed all the same', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    expect(await publish(driver, address, 'x', '', { mandatory: false })).toMatchObject({
      outcome: 'published',
      evidence: 'broker',
    })
    const late = await subscribe(driver, address)
    await publish(driver, address, 'y')
    await until('y', () => late.texts().length > 0)
    expect(late.texts()).toEqual(['y'])
  })

  it('RF-9 when nobody listens: an alternate exchange takes it instead; the facts say how many are ready there', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver, { exchange: 'direct', alternateExchange: true })
    await subscribe(driver, address, { bindingKey: 'known' })
    expect((await publish(driver, address, 'x', 'unknown')).outcome).toBe('published')
    await until('it waits there', async () => (await factsOf(driver, address)).unrouted?.ready === 1)
    await driver.remove(address)
    const { channel } = await bench.outside()
    channel.on('error', () => undefined)
    await expect(channel.checkQueue(`${address}.unrouted`)).rejects.toThrow('404')
  })
})

describe('after an absence', () => {
  it('RF-10 after an absence: nothing waited: the queue of a subscriber is deleted when it leaves and when it crashes', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const leaver = await subscribe(driver, address)
    const victim = await subscribe(driver, address)
    const stays = await subscribe(driver, address)
    await victim.consumer.pause()
    await publish(driver, address, 'a')
    await until('all have it', () => [leaver, victim, stays].every((one) => one.texts().length === 1))
    await leaver.consumer.leave()
    await victim.consumer.crash()
    await until('one is left', async () => (await factsOf(driver, address)).subscribers === 1)
    await publish(driver, address, 'b')
    const back = await subscribe(driver, address)
    await publish(driver, address, 'c')
    await until('c', () => back.texts().length > 0)
    expect(back.texts()).toEqual(['c'])
    expect(settlings(victim)).toEqual([])
    expect(states(victim)).toEqual(['attached', 'crashed'])
  })

  it('RF-11 after an absence: a subscriber that loses its connection comes back by itself, bound anew, with a gap', async () => {
    const { driver, clientName } = await bench.open()
    const address = await exchange(driver)
    const one = await subscribe(driver, address)
    await endConnection(`${clientName}:${address}/`)
    await until('attached again', () => states(one).join() === 'attached,attaching,attached')
    expect(gaps(one)).toMatchObject([{ reason: 'resubscribed', awayMs: expect.any(Number) }])
    await publish(driver, address, 'after')
    await until('it', () => one.texts().length === 1)
  }, 60_000)

  it('RF-12 after an absence: an exchange that was deleted under its subscribers is declared anew, they bind again, and the loss is reported', async () => {
    const { driver, faults } = await bench.open()
    const address = await exchange(driver)
    const one = await subscribe(driver, address)
    const { channel } = await bench.outside()
    await channel.deleteExchange(address)
    expect(await publish(driver, address, 'nowhere')).toMatchObject({
      outcome: 'refused',
      evidence: 'broker',
    })
    await until('attached again', () => states(one).join() === 'attached,attaching,attached')
    expect(gaps(one)).toMatchObject([{ reason: 'resubscribed' }])
    expect(faults.map(({ code }) => code).sort()).toEqual(['exchange-lost', 'publish-channel-lost'])
    await publish(driver, address, 'after')
    await until('it', () => one.texts().length === 1)
    await channel.deleteExchange(address)
    await until('the facts to notice it too', async () => {
      await factsOf(driver, address)
      return states(one).length === 5
    })
  })

  it('RF-13 after an absence: an exchange that was removed detaches its subscribers for good', async () => {
    const { driver } = await bench.open()
    const address = await exchange(driver)
    const one = await subscribe(driver, address)
    await driver.remove(address)
    await until('detached', () => states(one).at(-1) === 'detached')
  })
})
