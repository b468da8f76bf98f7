import { describe, expect, it } from 'vitest'
import { until } from '#test/support/until.ts'
import type { Recorder } from './support/contract-bench.ts'
import {
  createRabbitBench,
  draft,
  factsBecome,
  numbered,
  publishAll,
  settlings,
  story,
} from './support/rabbitmq-bench.ts'

/** How a RabbitMQ queue's messages are settled. */

const bench = createRabbitBench()
const last = ({ deliveries }: Recorder) => deliveries().at(-1)?.delivery ?? 0

describe('a worker that settles by hand', () => {
  it('RQ-14 a worker that settles by hand holds each delivery until a person acks, requeues or rejects it', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    await publishAll(driver, address, ['a', 'b', 'c'])
    await until('three in hand', () => worker.texts().length === 3)
    expect(settlings(worker)).toEqual([])
    const [a, b, c] = worker.deliveries().map(({ delivery }) => delivery)
    await worker.consumer.settle(b ?? 0, 'ack')
    await worker.consumer.settle(c ?? 0, 'reject')
    await worker.consumer.settle(a ?? 0, 'requeue')
    await until('a again', () => worker.texts().length === 4)
    expect(worker.deliveries().at(-1)).toMatchObject({ redelivered: true, attempt: null, inHand: true })
    expect(story(worker).slice(3)).toEqual(['acknowledged b', 'rejected c', 'requeued a', 'delivered a'])
    expect(settlings(worker)).toMatchObject(Array(3).fill({ evidence: 'client' }))
    await factsBecome(driver, address, { ready: 0, unacked: 1 })
  })

  it('RQ-15 a worker that settles by hand cannot settle a delivery twice, nor while paused, nor by hand with other acknowledgements', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    await driver.publish(address, draft('a'))
    await until('a', () => worker.texts().length === 1)
    await worker.consumer.pause()
    await expect(worker.consumer.settle(last(worker), 'ack')).rejects.toMatchObject({ code: 'wrong-state' })
    await worker.consumer.resume()
    await worker.consumer.settle(last(worker), 'ack')
    await expect(worker.consumer.settle(last(worker), 'ack')).rejects.toMatchObject({
      code: 'delivery-not-found',
    })
    await worker.consumer.update({ ackMode: 'automatic' })
    await expect(worker.consumer.settle(last(worker), 'ack')).rejects.toMatchObject({ code: 'not-capable' })
    await expect(worker.consumer.seek({ to: 'earliest' })).rejects.toMatchObject({ code: 'not-capable' })
  })

  it('RQ-16 a worker that settles by hand and is changed to automatic while it holds some processes them', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    await publishAll(driver, address, ['a', 'b'])
    await until('two in hand', () => worker.texts().length === 2)
    await worker.consumer.update({ ackMode: 'automatic' })
    await until('both settled', () => settlings(worker).length === 2)
    await worker.consumer.update({ ackMode: 'manual', prefetch: 1 })
    await publishAll(driver, address, ['c', 'd'])
    await factsBecome(driver, address, { ready: 1, unacked: 1 })
  })
})

describe('a worker without acknowledgements', () => {
  it('RQ-17 a worker without acknowledgements takes what is delivered to it as settled: a crash in the middle of its processing loses all of it', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    await publishAll(driver, address, numbered('m', 20))
    const worker = await bench.attach(driver, address, { ackMode: 'none', prefetch: 1, processingMs: 10_000 })
    await until('all at once', () => worker.texts().length === 20)
    expect(worker.deliveries().every(({ inHand }) => inHand === false)).toBe(true)
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
    await worker.consumer.crash()
    const heir = await bench.attach(driver, address)
    await driver.publish(address, draft('later'))
    await until('the later', () => heir.texts().length === 1)
    expect(heir.texts()).toEqual(['later'])
    expect(settlings(worker)).toEqual([])
  })

  it('RQ-18 a worker without acknowledgements is, while paused, unsubscribed, so that the rest stays ready', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { ackMode: 'none' })
    await worker.consumer.pause()
    await publishAll(driver, address, ['a', 'b'])
    await factsBecome(driver, address, { ready: 2, consumers: 0 })
    await worker.consumer.resume()
    await until('both', () => worker.texts().length === 2)
  })
})
