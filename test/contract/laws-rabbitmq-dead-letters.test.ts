import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { POISONED } from '#lib/brokers/kit/simulated-processing.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import type { Recorder } from './support/contract-bench.ts'
import {
  createRabbitBench,
  draft,
  factsBecome,
  queueFacts,
  settlings,
  story,
  textOf,
} from './support/rabbitmq-bench.ts'

/** What RabbitMQ gives up on: when, and where it is found then. */

const bench = createRabbitBench()
const queueWith = (driver: Driver, settings: Settings) =>
  bench.declare(driver, uniqueName('law'), 'queue', settings)
const _last = ({ deliveries }: Recorder) => deliveries().at(-1)?.delivery ?? 0
const isBefore43 = ({ status }: Driver): boolean => {
  const [major = 0, minor = 0] = status.status === 'up' ? status.version.split('.').map(Number) : []
  return major < 4 || (major === 4 && minor < 3)
}
const deadReader = (driver: Driver, address: string) =>
  bench.attach(driver, address, { reads: 'dead-letters' })

describe('when poisoned', () => {
  it('RQ-19 when poisoned: a worker that fails at a message and requeues it gets it again and again; a classic queue never gives up', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { failurePercent: 100 })
    await driver.publish(address, draft('poison'))
    await until('five times', () => worker.texts().length >= 5)
    expect(new Set(settlings(worker).map(({ type }) => type))).toEqual(new Set(['requeued']))
    expect(
      worker
        .deliveries()
        .map(({ attempt }) => attempt)
        .slice(0, 3),
    ).toEqual([1, null, null])
    expect(new Set(worker.deliveries().map(({ identity }) => identity)).size).toBe(1)
  })

  it('RQ-20 when poisoned: a quorum queue dead-letters a message beyond its delivery limit, which counts rejections with requeue; the attempts are known', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { type: 'quorum', deliveryLimit: 2, deadLetters: true })
    const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'requeue' })
    const dead = await deadReader(driver, address)
    await driver.publish(address, draft('poison', { messageId: 'poison-1' }))
    await until('its end', () => dead.texts().length === 1)
    expect(worker.deliveries().map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(story(worker).slice(1)).toEqual([
      'requeued poison',
      'delivered poison',
      'requeued poison',
      'delivered poison',
      'dead-lettered to dead',
      'rejected poison',
    ])
    expect(worker.events.find(({ type }) => type === 'dead-lettered')).toMatchObject({
      messageId: 'poison-1',
      to: `${address}.dead`,
      attempts: 3,
      evidence: 'inferred',
    })
    expect(dead.deliveries()[0]).toMatchObject({
      messageId: 'poison-1',
      death: { how: 'dead-lettered', reason: 'delivered too often', attempts: 3 },
      address: { kind: 'queue', queue: `${address}.dead`, routingKey: address },
    })
  })

  it('RQ-53 when poisoned: every worker fails at a message with the header x-poison, whatever its settings say, and the reason says so; the others are done, and a reader of dead letters accepts it', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { type: 'quorum', deliveryLimit: 2, deadLetters: true })
    const dead = await deadReader(driver, address)
    const worker = await bench.attach(driver, address, { failurePercent: 0, onFailure: 'requeue' })
    for (const text of ['good-1', 'bad', 'good-2']) {
      await driver.publish(address, draft(text, text === 'bad' ? { headers: { 'x-poison': 'true' } } : {}))
    }
    await until('its end', () => settlings(dead).length === 1)
    const done = ['acknowledged good-1', 'acknowledged good-2']
    await until('the others', () => done.every((step) => story(worker).includes(step)))
    const requeued = worker.events.filter(({ type }) => type === 'requeued')
    expect(requeued).toMatchObject([POISONED, POISONED].map((reason) => ({ reason })))
    expect(dead.texts()).toEqual(['bad'])
    expect(settlings(dead)).toMatchObject([{ type: 'acknowledged' }])
    await factsBecome(driver, address, { ready: 0, unacked: 0 })
  })

  it('RQ-21 when poisoned: a delivery limit counts nacks with requeue before RabbitMQ 4.3, and from 4.3 on only rejections', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { type: 'quorum', deliveryLimit: 2, deadLetters: true })
    const { channel } = await bench.outside()
    let tries = 0
    await driver.publish(address, draft('poison'))
    await channel.consume(address, (message) => {
      tries += 1
      if (message && tries <= 10) channel.nack(message, false, true)
    })
    const counts = isBefore43(driver)
    if (counts)
      await until('it dead', async () => (await queueFacts(driver, address)).deadLetters?.ready === 1)
    else await until('it again and again', () => tries > 10)
    expect(tries).toBe(counts ? 3 : 11)
  })

  it('RQ-22 when poisoned: a message rejected without requeue goes to the dead letters at once and waits there', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { deadLetters: true })
    const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'reject' })
    await driver.publish(address, draft('bad'))
    await until('rejected', () => settlings(worker).length === 1)
    expect(story(worker)).toEqual(['delivered bad', 'dead-lettered to dead', 'rejected bad'])
    await until('it waits there', async () => (await queueFacts(driver, address)).deadLetters?.ready === 1)
    const dead = await deadReader(driver, address)
    await until('it', () => dead.texts().length === 1)
    expect(dead.deliveries()[0]).toMatchObject({
      redelivered: false,
      attempt: 1,
      death: { how: 'dead-lettered', reason: 'rejected', attempts: null },
    })
    await until('none left', async () => (await queueFacts(driver, address)).deadLetters?.ready === 0)
  })

  it('RQ-51 when poisoned: before RabbitMQ 4.3 each queue counts deliveries for itself, and from 4.3 on a dead letter brings the count along, so that its first attempt is unknown', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { deadLetters: true })
    const { channel } = await bench.outside()
    await channel.consume(address, (message) => {
      if (message) channel.reject(message, false)
    })
    await driver.publish(address, draft('bad'))
    await until('it waits', async () => (await queueFacts(driver, address)).deadLetters?.ready === 1)
    const dead = await deadReader(driver, address)
    await until('it', () => dead.texts().length === 1)
    expect(dead.deliveries()[0]).toMatchObject(
      isBefore43(driver) ? { redelivered: false, attempt: 1 } : { redelivered: true, attempt: null },
    )
  })

  it('RQ-23 when poisoned: a message of another program keeps its identity as a dead letter, with an id or without', async () => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { deadLetters: true })
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    const outside = await bench.outside()
    outside.send(address, 'named', { messageId: 'theirs' })
    outside.send(address, 'unnamed')
    await until('both', () => worker.texts().length === 2)
    for (const { delivery } of worker.deliveries()) await worker.consumer.settle(delivery, 'reject')
    const dead = await deadReader(driver, address)
    await until('both dead', () => dead.texts().length === 2)
    const identities = (recorder: Recorder) => recorder.deliveries().map(({ identity }) => identity)
    expect(identities(dead)).toEqual(identities(worker))
  })

  it('RQ-24 when poisoned: without dead letters a rejected message is gone, and a consumer of the dead letters is refused', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address, { failurePercent: 100, onFailure: 'reject' })
    await driver.publish(address, draft('bad'))
    await until('rejected', () => settlings(worker).length === 1)
    expect(story(worker)).toEqual(['delivered bad', 'rejected bad'])
    await factsBecome(driver, address, { ready: 0, unacked: 0, deadLetters: null })
    await expect(deadReader(driver, address)).rejects.toMatchObject({
      code: 'broker-refused',
      detail: { reason: expect.stringContaining('keeps no dead letters') },
    })
  })
})

describe('what waits too long', () => {
  it.each([
    ['by the setting of the queue', { messageTtlMs: 50 }, {}],
    ['by its own', {}, { ttlMs: 50 }],
  ])('expires %s, and with dead letters is found there', async (_, ofQueue, ofMessage) => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { deadLetters: true, ...ofQueue })
    const dead = await deadReader(driver, address)
    await driver.publish(address, draft('old', { settings: ofMessage }))
    await until('its end', () => dead.texts().length === 1)
    expect(dead.deliveries()[0]?.death).toEqual({ how: 'expired', reason: 'expired', attempts: null })
  })
})

describe('what a worker reads', () => {
  it.each(['queue', 'dead-letters'])('is changed while it is attached: to %s', async (to) => {
    const { driver } = await bench.open()
    const address = await queueWith(driver, { deadLetters: true })
    const from = to === 'queue' ? 'dead-letters' : 'queue'
    const worker = await bench.attach(driver, address, { reads: from })
    await worker.consumer.update({ reads: to })
    const { channel } = await bench.outside()
    channel.sendToQueue(to === 'queue' ? address : `${address}.dead`, Buffer.from('here'))
    await until(
      'it',
      () =>
        worker
          .deliveries()
          .map(({ body }) => textOf(body))
          .join() === 'here',
    )
  })

  it('RQ-25 what a worker reads stays as it was when there are no dead letters to read, and the worker goes on', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    await expect(worker.consumer.update({ reads: 'dead-letters' })).rejects.toMatchObject({
      code: 'broker-refused',
    })
    expect(worker.consumer.spec.settings.reads).not.toBe('dead-letters')
    await driver.publish(address, draft('still here'))
    await until('it', () => worker.texts().join() === 'still here')
  })
})

describe('removing', () => {
  it('RQ-26 removing a queue deletes it with its dead-letter exchange and queue; keeping it deletes only the latter two', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const gone = await queueWith(driver, { deadLetters: true })
    await driver.remove(gone)
    const left = async (name: string) => {
      const other = await bench.outside()
      other.channel.on('error', () => undefined)
      return other.channel.checkQueue(name).then(
        () => true,
        () => false,
      )
    }
    expect([await left(gone), await left(`${gone}.dead`)]).toEqual([false, false])
    const kept = await queueWith(driver, { deadLetters: true })
    bench.undo.push(() => channel.deleteQueue(kept))
    await driver.remove(kept, { keep: true })
    expect([await left(kept), await left(`${kept}.dead`)]).toEqual([true, false])
  })
})
