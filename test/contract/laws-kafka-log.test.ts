import { describe, expect, it } from 'vitest'
import { uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { createKafkaCell, hears, places, texts } from './support/kafka-cell.ts'

const cell = createKafkaCell('log')
const group = () => uniqueName('group')
const lagOf = async (address: string, name: string) =>
  (await cell.facts(address)).groups.find((one) => one.group === name)?.lag
const caughtUp = (address: string, name: string) =>
  until(`${name} to have caught up`, async () => (await lagOf(address, name)) === 0)
const waitUntilAfter = (at: number) => until('a later millisecond', () => Date.now() > at)

describe('who gets a message, and how many times', () => {
  it('KL-64 readers fail at nothing: a message with the header x-poison passes like any other', async () => {
    const address = await cell.declare({ partitions: 1 })
    const reader = await cell.join(address, { group: group(), settings: { processingMs: 1 } })
    await cell.publish(address, { text: 'bad', headers: { 'x-poison': 'true' } })
    await cell.publish(address, 'good')
    await hears(reader, 2)
    expect(reader.texts()).toEqual(['bad', 'good'])
  })

  it('KL-1 one reader of each group gets a message; reading removes nothing, so a new group reads everything again', async () => {
    const address = await cell.declare({ partitions: 1 })
    const [analytics, audit] = [group(), group()]
    const pair = [
      await cell.join(address, { group: analytics }),
      await cell.join(address, { group: analytics }),
    ]
    const single = await cell.join(address, { group: audit })
    await cell.publishAll(address, texts(4))
    await hears(single, 4)
    await caughtUp(address, analytics)
    expect(pair.map((one) => one.texts().length).sort()).toEqual([0, 4])
    const later = await cell.join(address, { group: group(), settings: { from: 'earliest' } })
    await hears(later, 4)
    expect(later.texts()).toEqual(texts(4))
  })
})

describe('where a group that never committed starts', () => {
  it('KL-2 a group that never committed starts at the end by default, and gets nothing of what was there before', async () => {
    const address = await cell.declare({ partitions: 1 })
    await cell.publishAll(address, texts(3, 'old'))
    const fresh = await cell.join(address, { group: group() })
    await cell.publish(address, 'new')
    await hears(fresh, 1)
    expect(fresh.texts()).toEqual(['new'])
  })

  it('KL-3 a group that never committed can start at an offset in every partition, or at the first message since a time', async () => {
    const address = await cell.declare({ partitions: 1 })
    await cell.publishAll(address, texts(3, 'old'))
    const between = Date.now() + 1
    await waitUntilAfter(between)
    await cell.publishAll(address, texts(3, 'new'))
    const fromOffset = await cell.join(address, { group: group(), settings: { from: 'offset', offset: '2' } })
    const time = new Date(between).toISOString()
    const fromTime = await cell.join(address, { group: group(), settings: { from: 'time', time } })
    await hears(fromOffset, 4)
    await hears(fromTime, 3)
    expect(fromOffset.texts()).toEqual(['old2', ...texts(3, 'new')])
    expect(fromTime.texts()).toEqual(texts(3, 'new'))
    const unclear = cell.join(address, { group: group(), settings: { from: 'time', time: 'yesterday' } })
    await expect(unclear).rejects.toMatchObject({ code: 'invalid' })
  })

  it('KL-4 a group that has committed continues where it was, even when asked to start at the beginning', async () => {
    const address = await cell.declare({ partitions: 1 })
    const name = group()
    const first = await cell.join(address, { group: name, settings: { from: 'earliest' } })
    await cell.publishAll(address, texts(3))
    await hears(first, 3)
    await first.consumer.leave()
    await cell.publish(address, 'next')
    const again = await cell.join(address, { group: name, settings: { from: 'earliest' } })
    await hears(again, 1)
    expect(again.texts()).toEqual(['next'])
  })
})

describe('seeking', () => {
  it('KL-5 a seek moves the group in the partitions of the reader: to the beginning, an offset, a time, or the end', async () => {
    const address = await cell.declare({ partitions: 1 })
    const name = group()
    const reader = await cell.join(address, { group: name })
    await cell.publishAll(address, texts(2, 'old'))
    const between = Date.now() + 1
    await waitUntilAfter(between)
    await cell.publishAll(address, texts(2, 'new'))
    await hears(reader, 4)
    await reader.consumer.seek({ to: 'earliest' })
    await hears(reader, 8)
    await reader.consumer.seek({ to: 'offset', offset: '3', partition: 0 })
    await hears(reader, 9)
    await reader.consumer.seek({ to: 'time', at: between })
    await hears(reader, 11)
    expect(reader.texts().slice(4)).toEqual(['old0', 'old1', 'new0', 'new1', 'new1', 'new0', 'new1'])
    expect(reader.deliveries().map(({ redelivered }) => redelivered)).toEqual([
      ...Array(4).fill(false),
      ...Array(7).fill(true),
    ])
    await reader.consumer.pause()
    await cell.publishAll(address, texts(3, 'skipped'))
    await reader.consumer.seek({ to: 'latest' })
    await reader.consumer.resume()
    await cell.publish(address, 'last')
    await hears(reader, 12)
    expect(reader.texts().at(-1)).toBe('last')
  })

  it('KL-6 a seek holds for the next reader of the group', async () => {
    const address = await cell.declare({ partitions: 1 })
    const name = group()
    const reader = await cell.join(address, { group: name })
    await cell.publishAll(address, texts(4))
    await hears(reader, 4)
    await reader.consumer.pause()
    await reader.consumer.seek({ to: 'offset', offset: '1' })
    expect(await lagOf(address, name)).toBe(3)
    await reader.consumer.leave()
    const next = await cell.join(address, { group: name })
    await hears(next, 3)
    expect(next.texts()).toEqual(['m1', 'm2', 'm3'])
  })

  it('KL-7 a seek is refused with the reason for a partition of another member, an offset that the partition does not hold, and an entry id of Redis', async () => {
    const address = await cell.declare({ partitions: 2 })
    const name = group()
    const reader = await cell.join(address, { group: name })
    await cell.join(address, { group: name })
    await until('one partition each', () => {
      const last = cell.changes.filter((change) => change.group === name).at(-1)
      return last?.phase === 'stable' && last.members.every(({ partitions }) => partitions.length === 1)
    })
    const seeks = (offset: string, partition?: number) =>
      reader.consumer.seek({ to: 'offset', offset, ...(partition === undefined ? {} : { partition }) })
    const [own] =
      cell.changes.at(-1)?.members.find((one) => one.consumer === reader.spec.name)?.partitions ?? []
    await expect(seeks('0', 1 - (own ?? 0))).rejects.toMatchObject({ code: 'invalid' })
    await expect(seeks('7', own)).rejects.toMatchObject({ code: 'invalid' })
    await expect(seeks('7-0')).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('after an absence, when nobody listens, and when a reader is too slow', () => {
  it('KL-8 while a group is away or slow, its lag grows and everything waits; a slow reader stays a member and commits what it has processed', async () => {
    const address = await cell.declare({ partitions: 1 })
    const name = group()
    const slow = await cell.join(address, { group: name, settings: { processingMs: 400 } })
    await cell.publishAll(address, texts(5))
    await hears(slow, 2)
    await until('one of five done', async () => (await lagOf(address, name)) === 4)
    await slow.consumer.leave()
    await cell.publish(address, 'while nobody was there')
    const next = await cell.join(address, { group: name })
    await hears(next, 4)
    await caughtUp(address, name)
    expect(next.texts().at(-1)).toBe('while nobody was there')
    const offsets = places(next).map(({ offset }) => Number(offset))
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
  })
})
