import { describe, expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import {
  createRabbitBench,
  draft,
  endConnection,
  factsBecome,
  gaps,
  numbered,
  publishAll,
  queueFacts,
  settlings,
  states,
} from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()

describe('workers on one queue', () => {
  it('take turns: each message goes to exactly one of them', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const first = await bench.attach(driver, address)
    const second = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 10))
    await until('all', () => first.texts().length + second.texts().length >= 10)
    expect(first.texts()).toEqual(['m0', 'm2', 'm4', 'm6', 'm8'])
    expect(second.texts()).toEqual(['m1', 'm3', 'm5', 'm7', 'm9'])
  })

  it('acknowledge each delivery once, in order, with the evidence of the client, since no broker confirms it', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 5))
    await until('all settled', () => settlings(worker).length >= 5)
    expect(settlings(worker)).toEqual(
      worker.deliveries().map(({ delivery }) => ({
        type: 'acknowledged',
        delivery,
        evidence: 'client',
        at: expect.any(Number),
      })),
    )
    await factsBecome(driver, address, { ready: 0, unacked: 0, consumers: 1 })
  })

  it('are not ended by a listener that throws, which is reported as a fault', async () => {
    const { driver, faults } = await bench.open()
    const address = await bench.declare(driver)
    const heard: string[] = []
    const spec = { name: uniqueName('clumsy'), address, mode: 'queue' as const, settings: {} }
    const consumer = await driver.attach(spec, (event) => {
      if (event.type !== 'delivered') return
      heard.push(Buffer.from(event.body).toString())
      throw new Error('clumsy listener')
    })
    await publishAll(driver, address, ['a', 'b'])
    await until('both', () => heard.length === 2)
    expect(faults.filter(({ code }) => code === 'listener-failed')).toHaveLength(2)
    expect(faults[0]).toMatchObject({ address, consumer: spec.name, text: 'clumsy listener' })
    await consumer.leave()
  })
})

describe('a paused worker', () => {
  it('fills its prefetch; the rest goes to another worker', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const paused = await bench.attach(driver, address, { prefetch: 3 })
    await paused.consumer.pause()
    const other = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 20))
    await until('17 at the other', () => other.texts().length >= 17)
    expect(paused.texts()).toHaveLength(3)
    expect(settlings(paused)).toEqual([])
    await factsBecome(driver, address, { ready: 0, unacked: 3, consumers: 2 })
    await paused.consumer.resume()
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
    expect(settlings(paused).map(({ type }) => type)).toEqual(Array(3).fill('acknowledged'))
  })

  it('alone fills its prefetch; the rest stays ready until it resumes', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const paused = await bench.attach(driver, address, { prefetch: 4 })
    await paused.consumer.pause()
    await publishAll(driver, address, numbered('m', 10))
    await factsBecome(driver, address, { ready: 6, unacked: 4 })
    expect(paused.texts()).toHaveLength(4)
    await paused.consumer.resume()
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
    expect(paused.texts()).toEqual(numbered('m', 10))
  })

  it('that leaves returns what it had unacked, and reports that as inferred', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const paused = await bench.attach(driver, address)
    await paused.consumer.pause()
    await publishAll(driver, address, ['a', 'b'])
    await until('both in hand', () => paused.texts().length === 2)
    const given = paused.deliveries()
    await paused.consumer.leave()
    expect(settlings(paused)).toMatchObject(
      given.map(({ delivery }) => ({ type: 'requeued', delivery, evidence: 'inferred' })),
    )
    expect(states(paused)).toEqual(['attached', 'detached'])
    const heir = await bench.attach(driver, address)
    await until('both again', () => heir.texts().length === 2)
    expect(heir.deliveries().every(({ redelivered, attempt }) => redelivered && attempt === null)).toBe(true)
    expect(heir.deliveries().map(({ identity }) => identity)).toEqual(given.map(({ identity }) => identity))
  })
})

describe('prefetch', () => {
  it('is changed while attached', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { prefetch: 2 })
    await worker.consumer.update({ prefetch: 5 })
    expect(worker.consumer.spec.settings).toEqual({ prefetch: 5 })
    await worker.consumer.pause()
    await publishAll(driver, address, numbered('m', 9))
    await factsBecome(driver, address, { ready: 4, unacked: 5, consumers: 1 })
  })

  it('changed while paused takes effect when it resumes', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { prefetch: 2 })
    await worker.consumer.pause()
    await worker.consumer.update({ prefetch: 4 })
    await publishAll(driver, address, numbered('m', 6))
    await factsBecome(driver, address, { ready: 4, unacked: 2 })
    await worker.consumer.resume()
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
    await worker.consumer.pause()
    await publishAll(driver, address, numbered('n', 6))
    await factsBecome(driver, address, { ready: 2, unacked: 4 })
  })

  it('must be valid, and unknown settings are refused', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const { consumer } = await bench.attach(driver, address)
    await expect(consumer.update({ colour: 'red' })).rejects.toMatchObject({ code: 'not-capable' })
    await expect(consumer.update({ prefetch: -1 })).rejects.toMatchObject({ code: 'invalid' })
    await expect(bench.attach(driver, address, { prefetch: 'many' })).rejects.toMatchObject({
      code: 'invalid',
    })
  })
})

describe('a worker that crashes', () => {
  it('loses what it had unacked to another worker, which gets it as redelivered', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const victim = await bench.attach(driver, address)
    await victim.consumer.pause()
    await publishAll(driver, address, numbered('m', 5))
    await until('all in hand', () => victim.texts().length === 5)
    const heir = await bench.attach(driver, address)
    await victim.consumer.crash()
    await until('all again', () => heir.texts().length === 5)
    expect(heir.texts()).toEqual(numbered('m', 5))
    expect(heir.deliveries().every(({ redelivered, attempt }) => redelivered && attempt === null)).toBe(true)
    expect(settlings(victim)).toEqual([])
    expect(states(victim)).toEqual(['attached', 'crashed'])
    const numbers = [...victim.deliveries(), ...heir.deliveries()].map(({ delivery }) => delivery)
    expect(new Set(numbers).size).toBe(10)
  })

  it('while its delivery is being emitted settles nothing more', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const events: string[] = []
    let crashed: Promise<void> | undefined
    const spec = { name: uniqueName('fragile'), address, mode: 'queue' as const, settings: {} }
    const consumer = await driver.attach(spec, (event) => {
      events.push(event.type)
      if (event.type === 'delivered') crashed ??= consumer.crash()
    })
    await publishAll(driver, address, ['a', 'b', 'c'])
    await until('the crash', () => crashed !== undefined)
    await crashed
    await factsBecome(driver, address, { ready: 3, unacked: 0, consumers: 0 })
    expect(events).toEqual(['state', 'delivered', 'state'])
  })
})

describe('a worker that loses its connection', () => {
  it('comes back by itself; what it had unacked was requeued and comes again', async () => {
    const { driver, clientName } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await worker.consumer.pause()
    await driver.publish(address, draft('in hand'))
    await until('it in hand', () => worker.texts().length === 1)
    await endConnection(`${clientName}:${address}/`)
    await until('attached again', () => states(worker).join() === 'attached,attaching,attached')
    await until('it again', () => worker.texts().length === 2)
    const [first, again] = worker.deliveries()
    expect(again).toMatchObject({ redelivered: true, identity: first?.identity })
    expect(settlings(worker)).toMatchObject([
      { type: 'requeued', delivery: first?.delivery, evidence: 'inferred' },
    ])
    expect(gaps(worker)).toEqual([])
    await worker.consumer.resume()
    await factsBecome(driver, address, { ready: 0, unacked: 0, consumers: 1 })
  }, 60_000)

  it('because its queue was deleted comes back: the queue is declared anew, and the loss is reported', async () => {
    const { driver, faults } = await bench.open()
    const address = await bench.declare(driver)
    const workers = [await bench.attach(driver, address), await bench.attach(driver, address)]
    const outside = await bench.outside()
    await outside.channel.deleteQueue(address)
    for (const worker of workers) {
      await until('attached again', () => states(worker).join() === 'attached,attaching,attached')
      expect(gaps(worker)).toMatchObject([{ reason: 'resubscribed', awayMs: expect.any(Number) }])
    }
    expect(faults.filter(({ code }) => code === 'queue-lost')).toMatchObject([{ address }])
    await publishAll(driver, address, ['after', 'that'])
    await until('both', () => workers.every((worker) => worker.texts().length === 1))
  })

  it('to a queue that was removed is detached for good', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await driver.remove(address)
    await until('detached', () => states(worker).at(-1) === 'detached')
    await expect(queueFacts(driver, address)).rejects.toMatchObject({ code: 'destination-not-found' })
  })
})
