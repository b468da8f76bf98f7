import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import {
  createRabbitBench,
  draft,
  factsBecome,
  numbered,
  publishAll,
  queueFacts,
  settlings,
  story,
} from './support/rabbitmq-bench.ts'

/** The laws of a RabbitMQ queue, each asked of the real broker (measured on 3.10; what depends on the version says so). */

const bench = createRabbitBench()
const queueWith = (driver: Driver, settings: Settings) =>
  bench.declare(driver, uniqueName('law'), 'queue', settings)

describe('who gets it', () => {
  it('RQ-1 who gets it: two workers, six messages: three each, in turns', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const one = await bench.attach(driver, address)
    const two = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 6))
    await until('six', () => one.texts().length + two.texts().length === 6)
    expect([one.texts(), two.texts()]).toEqual([
      ['m0', 'm2', 'm4'],
      ['m1', 'm3', 'm5'],
    ])
  })

  it('RQ-2 who gets it: a single active consumer gets everything; when it leaves, the next one does', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { singleActiveConsumer: true })
    const active = await bench.attach(driver, address)
    const standby = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 4))
    await until('four', () => active.texts().length === 4)
    expect(standby.texts()).toEqual([])
    await active.consumer.leave()
    await driver.publish(address, draft('next'))
    await until('the next', () => standby.texts().length === 1)
  })
})

describe('in what order', () => {
  it('RQ-3 in what order: what one worker requeues comes again after what another has got since', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const one = await bench.attach(driver, address, { ackMode: 'manual', prefetch: 1 })
    await publishAll(driver, address, ['m0', 'm1', 'm2'])
    await until('m0 in hand', () => one.texts().length === 1)
    const two = await bench.attach(driver, address)
    await until('the others', () => two.texts().length === 2)
    await one.consumer.settle(one.deliveries()[0]?.delivery ?? 0, 'requeue')
    await until('m0 again', () => [...one.texts(), ...two.texts()].length === 4)
    expect([...two.texts(), ...one.texts().slice(1)]).toEqual(['m1', 'm2', 'm0'])
  })

  it('RQ-4 in what order: a higher priority overtakes what is ready, up to the maximum of the queue', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { maxPriority: 5 })
    for (const [text, priority] of [
      ['low', 0],
      ['high', 5],
      ['middle', 3],
    ] as const) {
      await driver.publish(address, draft(text, { settings: { priority } }))
    }
    const worker = await bench.attach(driver, address)
    await until('three', () => worker.texts().length === 3)
    expect(worker.texts()).toEqual(['high', 'middle', 'low'])
  })
})

describe('after an absence', () => {
  it('RQ-5 after an absence: what was sent without any consumer waits for the next one', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await worker.consumer.leave()
    await publishAll(driver, address, numbered('m', 5))
    const back = await bench.attach(driver, address)
    await until('five', () => back.texts().length === 5)
    expect(back.texts()).toEqual(numbered('m', 5))
  })
})

describe('when too slow', () => {
  it('RQ-6 when too slow: with a prefetch of 2 a worker holds two, and the rest goes to others', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const slow = await bench.attach(driver, address, { prefetch: 2, processingMs: 10_000 })
    const quick = await bench.attach(driver, address)
    await publishAll(driver, address, numbered('m', 8))
    await until('six at the other', () => settlings(quick).length === 6 && slow.texts().length === 2)
    expect(slow.deliveries().map(({ inHand }) => inHand)).toEqual([true, true])
    expect(settlings(slow)).toEqual([])
    await factsBecome(driver, address, { ready: 0, unacked: 2, consumers: 2, outside: 0 })
  })

  it('RQ-7 when too slow: without a prefetch limit the first worker holds the whole backlog, and a second one is idle', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    await publishAll(driver, address, numbered('m', 20))
    const greedy = await bench.attach(driver, address, { prefetch: 0, processingMs: 10_000 })
    await factsBecome(driver, address, { ready: 0, unacked: 20 })
    const idle = await bench.attach(driver, address)
    await factsBecome(driver, address, { ready: 0, unacked: 20, consumers: 2 })
    expect([greedy.texts().length, idle.texts().length]).toEqual([20, 0])
  })

  it('RQ-8 a worker processes one message at a time, in order, and settles each after its processing', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { processingMs: 40 })
    await publishAll(driver, address, ['a', 'b', 'c'])
    await until('all', () => settlings(worker).length === 3)
    expect(story(worker).slice(3)).toEqual(['acknowledged a', 'acknowledged b', 'acknowledged c'])
    const [first, second, third] = settlings(worker).map(({ at }) => at)
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(30)
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(30)
  })

  it('RQ-9 when too slow: a full queue drops the oldest message, or refuses the newest to its sender, as its settings say', async () => {
    const { driver } = await bench.open()
    const drops = await queueWith(driver, { maxLength: 2 })
    const refuses = await queueWith(driver, { maxLength: 2, overflow: 'reject-publish' })
    const outcomes = async (address: string) =>
      (await publishAll(driver, address, ['a', 'b', 'c'])).map(({ outcome }) => outcome)
    expect(await outcomes(drops)).toEqual(['published', 'published', 'published'])
    expect(await outcomes(refuses)).toEqual(['published', 'published', 'refused'])
    const [left, kept] = [await bench.attach(driver, drops), await bench.attach(driver, refuses)]
    await until('two each', () => left.texts().length === 2 && kept.texts().length === 2)
    expect([left.texts(), kept.texts()]).toEqual([
      ['b', 'c'],
      ['a', 'b'],
    ])
  })
})

describe('what remains afterwards', () => {
  it('RQ-10 what remains afterwards: nothing: an acknowledged message is gone', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await driver.publish(address, draft('once'))
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
    await worker.consumer.leave()
    const next = await bench.attach(driver, address)
    await driver.publish(address, draft('later'))
    await until('the later', () => next.texts().length === 1)
    expect(next.texts()).toEqual(['later'])
  })

  it('RQ-11 the facts count the consumers of other programs apart from ours', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    await bench.attach(driver, address)
    const { channel } = await bench.outside()
    await channel.consume(address, () => undefined)
    expect(await queueFacts(driver, address)).toMatchObject({ consumers: 2, outside: 1 })
  })

  it('RQ-12 a queue keeps its settings: the same name with others is refused in plain words, and harms nothing', async () => {
    const { driver, faults } = await bench.open()
    const address = await queueWith(driver, { maxLength: 5 })
    const other = await bench.open()
    const asked = { address, mode: 'queue' as const, settings: { maxLength: 7 }, owned: true }
    await expect(other.driver.declare(asked)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: {
        replyCode: 406,
        reason: `the queue "${address}" exists already and was made otherwise: its x-max-length is 5, and 7 was asked for (406)`,
      },
    })
    await expect(driver.declare(asked)).rejects.toMatchObject({ code: 'broker-refused' })
    await expect(driver.alter(asked)).rejects.toMatchObject({ code: 'not-capable' })
    expect(await other.driver.declare({ ...asked, settings: { maxLength: 5 } })).toMatchObject({
      existed: true,
      traits: ['not durable', 'classic', 'x-max-length 5'],
    })
    expect((await driver.publish(address, draft('fine'))).outcome).toBe('published')
    expect([...faults, ...other.faults]).toEqual([])
  })

  it('RQ-13 a quorum queue is always durable, and a note says so; a setting that it lacks is refused in plain words', async () => {
    const { driver } = await bench.open()
    const address = uniqueName('law')
    const spec = { address, mode: 'queue' as const, settings: { type: 'quorum' }, owned: true }
    expect(await driver.declare(spec)).toMatchObject({
      traits: ['durable', 'quorum'],
      note: expect.stringContaining('always durable'),
    })
    await driver.remove(address)
    const odd = { ...spec, address: uniqueName('law'), settings: { type: 'quorum', maxPriority: 3 } }
    await expect(driver.declare(odd)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('a quorum queue has no x-max-priority') },
    })
  })
})
