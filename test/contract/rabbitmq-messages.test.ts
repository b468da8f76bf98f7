import { randomUUID } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import {
  createRabbitBench,
  draft,
  endConnection,
  factsBecome,
  numbered,
  publishAll,
  textOf,
} from './support/rabbitmq-bench.ts'

const bench = createRabbitBench()
const BROKEN_UTF8 = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3])
/** Longer than one AMQP frame (128 KiB). */
const LONG_BODY = Buffer.alloc(300_000, 'ß')

describe('what leaves', () => {
  it('is exactly the bytes, with the metadata beside them in properties and headers', async () => {
    const { driver, clientName } = await bench.open()
    const address = await bench.declare(driver)
    const { channel } = await bench.outside()
    const messageId = randomUUID()
    const sentAt = 1_795_000_000_999
    await driver.publish(address, {
      messageId,
      body: BROKEN_UTF8,
      sentAt,
      sender: 'Zoë',
      headers: { colour: 'grün', cloudEvents_id: 'forged' },
    })
    const message = await channel.get(address, { noAck: true })
    if (message === false) throw new Error('nothing arrived')
    expect(message.content).toEqual(BROKEN_UTF8)
    expect(message.properties).toMatchObject({
      messageId,
      timestamp: 1_795_000_000,
      contentType: 'text/plain; charset=utf-8',
      deliveryMode: 1,
      headers: {
        colour: 'grün',
        cloudEvents_id: messageId,
        cloudEvents_source: clientName,
        cloudEvents_type: 'switchboard.chat.message',
        cloudEvents_specversion: '1.0',
        cloudEvents_sender: 'Zoë',
      },
    })
  })

  it('is persistent on a queue known to be durable, and only there', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('durable')
    await channel.assertQueue(address, { durable: true })
    bench.undo.push(() => channel.deleteQueue(address))
    await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
    await driver.publish(address, draft('kept'))
    const message = await channel.get(address, { noAck: true })
    expect(message !== false && message.properties.deliveryMode).toBe(2)
  })
})

describe('what a program outside writes', () => {
  it('arrives byte for byte: invalid UTF-8, an empty body, and more than a frame', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const outside = await bench.outside()
    for (const body of [BROKEN_UTF8, Buffer.alloc(0), LONG_BODY]) outside.send(address, body)
    await until('all three', () => worker.deliveries().length === 3)
    expect(worker.deliveries().map(({ body }) => Buffer.from(body))).toEqual([
      BROKEN_UTF8,
      Buffer.alloc(0),
      LONG_BODY,
    ])
    expect(worker.ids()).toEqual([null, null, null])
    expect(new Set(worker.deliveries().map(({ identity }) => identity)).size).toBe(3)
  })

  it('without an id keeps its identity when it was put back unsettled and comes again', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const victim = await bench.attach(driver, address)
    await victim.consumer.pause()
    const outside = await bench.outside()
    for (const text of ['same', 'same', 'other']) outside.send(address, text)
    await until('all in hand', () => victim.texts().length === 3)
    await victim.consumer.crash()
    const heir = await bench.attach(driver, address)
    await until('all again', () => heir.texts().length === 3)
    const identities = (recorder: typeof victim) => recorder.deliveries().map(({ identity }) => identity)
    expect(identities(heir)).toEqual(identities(victim))
    expect(new Set(identities(heir)).size).toBe(3)
  })
})

describe('a quorum queue', () => {
  it('counts attempts: the second after one crash, the third after two', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('quorum')
    await channel.assertQueue(address, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    bench.undo.push(() => channel.deleteQueue(address))
    const declared = await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
    expect(declared.traits).toEqual(['durable', 'quorum'])
    await driver.publish(address, draft('tried'))
    for (const attempt of [1, 2, 3]) {
      const worker = await bench.attach(driver, address)
      await worker.consumer.pause()
      await until(`attempt ${attempt}`, () => worker.deliveries().length === 1)
      expect(worker.deliveries()[0]).toMatchObject({ attempt, redelivered: attempt > 1 })
      await worker.consumer.crash()
    }
  })
})

/** RabbitMQ's own tick is every 5 s. */
const TICK_MAX_MS = 4_500

describe('how many are unacknowledged', () => {
  it('is known of a quorum queue a tick later, as the facts say; a broker started here ticks every second', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver, uniqueName('quorum'), 'queue', { type: 'quorum' })
    const worker = await bench.attach(driver, address, { ackMode: 'manual' })
    await driver.publish(address, draft('held'))
    await until('it in hand', () => worker.deliveries().length === 1)
    const held = async () => {
      const facts = await driver.facts(address)
      return facts.mode === 'queue' && facts.unacked === 1 && facts
    }
    const facts = await until('the tick', held, { timeoutMs: TICK_MAX_MS })
    expect(facts).toMatchObject({ ready: 0, unackedMaxAgeMs: 5_000 })
  })

  it('is known of a classic queue at once', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    expect(await driver.facts(address)).toMatchObject({ unacked: 0, unackedMaxAgeMs: null })
  })
})

describe('a publish', () => {
  it('to a queue that was deleted is returned once, with 312, and no confirm changes that', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const { channel } = await bench.outside()
    await channel.deleteQueue(address)
    const receipts = await publishAll(driver, address, ['a', 'b'])
    expect(receipts).toMatchObject(
      Array(2).fill({ outcome: 'returned', evidence: 'broker', replyCode: 312, reason: 'NO_ROUTE' }),
    )
  })

  it('to a full queue that rejects publishes is refused by the broker', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = uniqueName('full')
    await channel.assertQueue(address, { durable: true, maxLength: 1, overflow: 'reject-publish' })
    bench.undo.push(() => channel.deleteQueue(address))
    await driver.declare({ address, mode: 'queue', settings: {}, owned: false })
    expect((await driver.publish(address, draft('fits'))).outcome).toBe('published')
    expect(await driver.publish(address, draft('too much'))).toMatchObject({
      outcome: 'refused',
      evidence: 'broker',
    })
  })

  it('whose headers RabbitMQ would take for routing keys is refused, and harms no other unconfirmed one', async () => {
    const { driver, faults } = await bench.open()
    const address = await bench.declare(driver)
    const receipts = await Promise.all([
      driver.publish(address, draft('before')),
      driver.publish(address, draft('bad', { headers: { CC: 'elsewhere' } })),
      driver.publish(address, draft('long', { headers: { ['ü'.repeat(128)]: 'x' } })),
      driver.publish(address, draft('huge', { headers: Object.fromEntries(hugeHeaders()) })),
      driver.publish(address, draft('after')),
    ])
    expect(receipts.map(({ outcome }) => outcome)).toEqual([
      'published',
      'refused',
      'refused',
      'refused',
      'published',
    ])
    expect(faults).toEqual([])
    await factsBecome(driver, address, { ready: 2 })
  })

  it('beyond the limit of unconfirmed ones is refused at once, and those get their receipts', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const inFlight = numbered('m', 10_000).map((text) => driver.publish(address, draft(text)))
    await expect(driver.publish(address, draft('too many'))).rejects.toMatchObject({ code: 'rate-limited' })
    const receipts = await Promise.all(inFlight)
    expect(receipts.filter(({ outcome }) => outcome !== 'published')).toEqual([])
    expect((await driver.publish(address, draft('again'))).outcome).toBe('published')
  })

  it('gets one outcome even when its connection is ended, and the driver comes back by itself', async () => {
    const { driver, clientName } = await bench.open()
    const address = await bench.declare(driver)
    const statuses: string[] = []
    driver.onStatus(({ status }) => void statuses.push(status))
    const outcomes: string[] = []
    let going = true
    const traffic = (async () => {
      for (let n = 0; going; n += 1) {
        const outcome = driver.publish(address, draft(`m${n}`)).then(
          (receipt) => receipt.outcome,
          (error: { code: string }) => error.code,
        )
        outcomes.push(await outcome)
        // A refusal comes at once: without a turn of the event loop nothing could ever reconnect.
        await new Promise(setImmediate)
      }
    })()
    await until('traffic', () => outcomes.length > 20)
    await endConnection(`${clientName}:publisher`)
    await until('it to be lost and back', () => statuses.join() === 'connecting,up')
    const before = outcomes.length
    await until('traffic again', () => outcomes.length > before + 20)
    going = false
    await traffic
    expect(outcomes.slice(-10)).toEqual(Array(10).fill('published'))
    expect([...new Set(outcomes)].filter((outcome) => !OUTCOMES.has(outcome))).toEqual([])
  }, 60_000)
})

const OUTCOMES = new Set(['published', 'uncertain', 'broker-down'])
/** More than the client library's buffer of 64 KiB for headers. */
const hugeHeaders = () => numbered('h', 32).map((name) => [name, '世'.repeat(1_024)] as const)

describe('a program outside that consumes', () => {
  it('shares the queue with our workers', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver)
    const worker = await bench.attach(driver, address)
    const { channel } = await bench.outside()
    const theirs: string[] = []
    await channel.consume(
      address,
      (message: ConsumeMessage | null) => {
        if (message) theirs.push(textOf(message.content))
      },
      { noAck: true },
    )
    await publishAll(driver, address, numbered('m', 6))
    await until('all', () => worker.texts().length + theirs.length === 6)
    expect([worker.texts(), theirs]).toEqual([
      ['m0', 'm2', 'm4'],
      ['m1', 'm3', 'm5'],
    ])
  })
})
