import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createKafkaCell, hears as hearsOnKafka } from './support/kafka-cell.ts'
import { createRabbitBench, draft, factsBecome } from './support/rabbitmq-bench.ts'
import { createRedisBench, hears, settlings } from './support/redis-bench.ts'

/** What a destination keeps is looked at without being consumed: what others have of it, and where they stand, stays as it was. */

const textsIn = async (driver: Driver, address: string, from = 'oldest') => {
  const { messages } = await driver.browse(address, { from, limit: 50, maxBytes: 256 * 1024 })
  return messages.map(({ body }) => Buffer.from(body).toString())
}

describe('RabbitMQ', () => {
  const bench = createRabbitBench()

  it('RL-70 a stream is looked at without being consumed: its readers’ positions and lag stay, and they get each message once', async () => {
    const { driver } = await bench.open()
    const address = await bench.declare(driver, uniqueName('law'), 'log')
    const reader = await bench.attach(driver, address, { from: 'first' }, 'log')
    for (const text of ['a', 'b', 'c']) await driver.publish(address, draft(text))
    await until('all read', () => reader.texts().length === 3)
    const readerFacts = async () => {
      const facts = await driver.facts(address)
      return facts.mode === 'log' ? { end: facts.partitions[0]?.end, readers: facts.readers } : null
    }
    await until('facts of all of it', async () => {
      const facts = await readerFacts()
      return facts?.end === '3' && facts.readers[0]?.lag === 0
    })
    const before = await readerFacts()
    expect(await textsIn(driver, address)).toEqual(['a', 'b', 'c'])
    expect(await textsIn(driver, address, 'newest')).toEqual(['a', 'b', 'c'])
    expect(await readerFacts()).toEqual(before)
    await driver.publish(address, draft('d'))
    await until('the next', () => reader.texts().length === 4)
    expect(reader.texts()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('RQ-70 a message of a queue cannot be looked at without being taken out: put back, it is marked as redelivered', async () => {
    const { driver } = await bench.open()
    const { channel } = await bench.outside()
    const address = await bench.declare(driver, uniqueName('law'), 'queue')
    await driver.publish(address, draft('a'))
    await factsBecome(driver, address, { ready: 1 })
    await expect(textsIn(driver, address)).rejects.toMatchObject({ code: 'not-capable' })
    const got = await channel.get(address)
    if (got === false) throw new Error('the message was not there')
    expect(got.fields.redelivered).toBe(false)
    channel.nack(got, false, true)
    const worker = await bench.attach(driver, address)
    await until('it', () => worker.texts().length === 1)
    expect(worker.deliveries()[0]?.redelivered).toBe(true)
  })
})

describe('Redis', () => {
  const log = createRedisBench('log')
  const queue = createRedisBench('queue')

  it('DL-70 a log is looked at without being consumed: a reader that began at the end still gets only what is new', async () => {
    const driver = await log.open()
    const address = await log.declare(driver)
    await log.sendAll(driver, address, ['a', 'b'])
    const reader = await log.attach(driver, address)
    expect(await textsIn(driver, address)).toEqual(['a', 'b'])
    await log.send(driver, address, 'c')
    await hears(reader, 'c')
    expect(reader.texts()).toEqual(['c'])
  })

  it('DQ-70 a stream’s queue is looked at without being consumed: group position, what is pending, and lag stay', async () => {
    const driver = await queue.open()
    const redis = queue.outside()
    const address = await queue.declare(driver)
    const worker = await queue.attach(driver, address, { ackMode: 'manual', prefetch: 1 })
    await queue.sendAll(driver, address, ['a', 'b', 'c'])
    await hears(worker, 'a')
    const state = async () => ({
      groups: await redis.call('XINFO', 'GROUPS', address),
      pending: await redis.call('XPENDING', address, 'workers'),
      counts: (await redis.call('XPENDING', address, 'workers', '-', '+', '10')) as unknown[][],
    })
    const before = await state()
    expect(await textsIn(driver, address)).toEqual(['a', 'b', 'c'])
    const after = await state()
    expect({ ...after, counts: after.counts.map(([id, name, , count]) => [id, name, count]) }).toEqual({
      ...before,
      counts: before.counts.map(([id, name, , count]) => [id, name, count]),
    })
    expect(worker.texts()).toEqual(['a'])
  })

  it('DQ-71 a list is looked at without being consumed: its elements stay, in their order, and go to its workers once', async () => {
    const driver = await queue.open()
    const address = await queue.declare(driver, { kind: 'list' })
    await queue.sendAll(driver, address, ['a', 'b', 'same', 'same'])
    const page = await driver.browse(address, { from: 'oldest', limit: 50, maxBytes: 1_000 })
    // Of two elements with equal texts nothing says which is which before one is taken.
    expect(page.messages.map(({ messageId }) => messageId)).toEqual(['a', 'b', null, null])
    expect(await textsIn(driver, address)).toEqual(['a', 'b', 'same', 'same'])
    const worker = await queue.attach(driver, address)
    await until('all settled', () => settlings(worker).length === 4)
    expect(worker.texts()).toEqual(['a', 'b', 'same', 'same'])
    expect(await textsIn(driver, address)).toEqual([])
  })
})

describe('Kafka', () => {
  const cell = createKafkaCell('log')
  const groups = async () => {
    const kafka = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const { groups: all } = await admin.listGroups()
    await admin.disconnect()
    return all.map(({ groupId }) => groupId).sort()
  }

  it('KL-70 a topic is looked at without being consumed: no group is made, no offset is committed, and lag stays', async () => {
    const address = await cell.declare({ partitions: 3 })
    const group = uniqueName('group')
    const reader = await cell.join(address, { group, settings: { from: 'earliest' } })
    const sent = ['a', 'b', 'c', 'd', 'e', 'f']
    await cell.publishAll(address, sent)
    await hearsOnKafka(reader, sent.length)
    await until('no lag', async () => (await cell.facts(address)).groups[0]?.lag === 0)
    await reader.consumer.pause()
    await cell.publish(address, 'g')
    const [factsBefore, groupsBefore] = [await cell.facts(address), await groups()]
    expect((await textsIn(cell.driver(), address)).sort()).toEqual([...sent, 'g'])
    expect((await textsIn(cell.driver(), address, 'newest')).sort()).toEqual([...sent, 'g'])
    expect(await cell.facts(address)).toEqual(factsBefore)
    // Those of tests before this one may be forgotten by the broker meanwhile.
    expect((await groups()).filter((name) => !groupsBefore.includes(name))).toEqual([])
    expect(factsBefore.groups.map(({ lag }) => lag)).toEqual([1])
    await reader.consumer.resume()
    await hearsOnKafka(reader, 7)
    expect(reader.texts()).toHaveLength(7)
  })

  it('KL-71 a topic with several partitions is shown in the order of its records’ times, each partition’s in the order of its offsets, page by page', async () => {
    const address = await cell.declare({ partitions: 3 })
    const sent = Array.from({ length: 12 }, (_, index) => `m${String(index).padStart(2, '0')}`)
    for (const text of sent) {
      await cell.publish(address, text)
      const at = Date.now()
      await until('a later millisecond', () => Date.now() > at)
    }
    const seen: string[] = []
    for (let from: string | null = 'oldest'; from !== null; ) {
      const page = await cell.driver().browse(address, { from, limit: 5, maxBytes: 1_000_000 })
      seen.push(...page.messages.map(({ body }) => Buffer.from(body).toString()))
      from = page.newer
    }
    expect(seen).toEqual(sent)
    const back: string[] = []
    for (let from: string | null = 'newest'; from !== null; ) {
      const page = await cell.driver().browse(address, { from, limit: 5, maxBytes: 1_000_000 })
      back.unshift(...page.messages.map(({ body }) => Buffer.from(body).toString()))
      from = page.older
    }
    expect(back).toEqual(sent)
  })
})
