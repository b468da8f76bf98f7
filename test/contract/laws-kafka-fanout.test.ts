import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { SESSION_TIMEOUT_MS } from '#lib/brokers/kafka/profile.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createKafkaCell, hears, places, texts } from './support/kafka-cell.ts'

const cell = createKafkaCell('fanout')
const keyed = (all: readonly string[]) => all.map((text) => ({ text, key: 'one' }))

async function groupsOf(address: string): Promise<string[]> {
  const admin = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { groups } = await admin.listGroups()
  await admin.disconnect()
  return groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(address))
}

describe('who gets a message, how many times, and in what order', () => {
  it('KF-1 every subscriber gets a message once, as a group of its own that reads all partitions; messages of one key stay in order', async () => {
    const address = await cell.declare()
    const all = [await cell.join(address, { name: 'a' }), await cell.join(address, { name: 'b' })]
    await cell.publishAll(address, keyed(texts(10)))
    await cell.publishAll(address, texts(3, 'spread'))
    for (const one of all) {
      await hears(one, 13)
      expect(one.texts().filter((text) => text.startsWith('m'))).toEqual(texts(10))
      expect(new Set(places(one).map(({ partition }) => partition)).size).toBe(3)
    }
    expect((await groupsOf(address)).sort()).toEqual([`${address}.a`, `${address}.b`])
    expect(await cell.facts(address)).toMatchObject({ subscribers: 2, outside: 0, partitions: 3 })
  })
})

describe('after an absence', () => {
  it('KF-2 a subscriber does not get what was sent while it was away, although the topic keeps it', async () => {
    const address = await cell.declare({ partitions: 1 })
    const before = await cell.join(address, { name: 'a' })
    await cell.publish(address, 'heard')
    await hears(before, 1)
    await before.consumer.leave()
    await cell.publishAll(address, texts(3, 'missed'))
    const after = await cell.join(address, { name: 'a' })
    await cell.publish(address, 'heard again')
    await hears(after, 1)
    expect(after.texts()).toEqual(['heard again'])
    expect(places(after)).toMatchObject([{ offset: '4' }])
  })
})

describe('when nobody listens', () => {
  it('KF-3 a message that nobody listens for is stored all the same, and only a reader of the topic as a log gets it', async () => {
    const address = await cell.declare({ partitions: 1 })
    const receipt = await cell.publish(address, 'into the void')
    expect(receipt).toMatchObject({ outcome: 'published', evidence: 'broker', address: { offset: '0' } })
    const late = await cell.join(address)
    await cell.publish(address, 'now')
    await hears(late, 1)
    expect(late.texts()).toEqual(['now'])
    const log = await cell.join(address, {
      as: 'log',
      group: uniqueName('log'),
      settings: { from: 'earliest' },
    })
    await hears(log, 2)
    expect(log.texts()).toEqual(['into the void', 'now'])
  })
})

describe('when a subscriber is too slow', () => {
  it('KF-4 the lag of a slow subscriber grows, and no other subscriber waits', async () => {
    const address = await cell.declare({ partitions: 1 })
    const slow = await cell.join(address, { name: 'slow', settings: { processingMs: 1_000 } })
    const quick = await cell.join(address, { name: 'quick' })
    await cell.publishAll(address, texts(5))
    await hears(quick, 5)
    const facts = await until('the lag', async () => {
      const { waiting } = await cell.facts(address)
      const of = (name: string) => waiting.find(({ consumer }) => consumer === name)?.messages
      return of('quick') === 0 && (of('slow') ?? 0) >= 3 && waiting
    })
    expect(facts).toHaveLength(2)
    await slow.consumer.update({ processingMs: 0 })
    await hears(slow, 5)
    expect(slow.texts()).toEqual(texts(5))
  })
})

describe('after a crash', () => {
  it('KF-5 after a crash the other subscribers go on at once; the broker counts the crashed one until its session timeout, then its group is deleted', async () => {
    const address = await cell.declare()
    const victim = await cell.join(address, { name: 'victim' })
    const other = await cell.join(address, { name: 'other' })
    await victim.consumer.crash()
    await cell.publish(address, 'on we go')
    await hears(other, 1)
    expect((await cell.facts(address)).subscribers).toBe(2)
    await until('one subscriber', async () => (await cell.facts(address)).subscribers === 1, {
      timeoutMs: SESSION_TIMEOUT_MS + 6_000,
    })
    await until('its group to be gone', async () => (await groupsOf(address)).length === 1)
    expect(victim.texts()).toEqual([])
  }, 40_000)
})

describe('what remains afterwards', () => {
  it('KF-6 messages remain for as long as the topic keeps them; groups end with their subscribers and with the topic', async () => {
    const address = await cell.declare({ partitions: 1 })
    const one = await cell.join(address, { name: 'one' })
    await cell.join(address, { name: 'two' })
    await cell.publish(address, 'kept')
    await hears(one, 1)
    await one.consumer.leave()
    expect(await groupsOf(address)).toEqual([`${address}.two`])
    await cell.driver().remove(address, { keep: true })
    const again = await cell.declared(address, { partitions: 1 })
    expect(again.existed).toBe(true)
  })
})
