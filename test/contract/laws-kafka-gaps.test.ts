import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { draftOf, type Recorder } from './support/contract-bench.ts'
import { createKafkaCell, hears, texts } from './support/kafka-cell.ts'

const cell = createKafkaCell('log')
const gapsOf = (recorder: Recorder) =>
  recorder.events.filter((event): event is Extract<ConsumerEvent, { type: 'gap' }> => event.type === 'gap')

/** What `kafka-delete-records` does: everything before `offset` is gone. */
async function deleteBefore(topic: string, offset: number): Promise<void> {
  const admin = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    // kafkajs knows who leads a topic once it was asked about it.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] })
  } finally {
    await admin.disconnect()
  }
}

const committed = async (address: string, group: string) =>
  (await cell.facts(address)).groups.find((one) => one.group === group)?.committed[0]?.offset

/** The only reader of its group, paused after its first record. */
async function pausedReader() {
  const address = await cell.declare({ partitions: 1 })
  const group = uniqueName('group')
  const reader = await cell.join(address, { group })
  await cell.publish(address, 'had')
  await hears(reader, 1)
  await reader.consumer.pause()
  return { address, group, reader }
}

describe('holes of a topic', () => {
  it('KL-56 records removed before a paused reader came to them are a gap with their number, and reading goes on behind it', async () => {
    const { address, reader } = await pausedReader()
    await cell.publishAll(address, texts(10))
    await cell.publish(address, 'left')
    await deleteBefore(address, 11)
    await reader.consumer.resume()
    await hears(reader, 2)
    expect(reader.texts()).toEqual(['had', 'left'])
    expect(gapsOf(reader)).toMatchObject([{ reason: 'retention', missed: 10, partition: 0 }])
    // Before the record that comes next.
    expect(reader.events.findIndex(({ type }) => type === 'gap')).toBeLessThan(
      reader.events.findLastIndex(({ type }) => type === 'delivered'),
    )
  }, 60_000)

  it('KL-57 records removed while a whole group was away are a gap for the reader that comes back', async () => {
    const address = await cell.declare({ partitions: 1 })
    const group = uniqueName('group')
    const first = await cell.join(address, { group })
    await cell.publishAll(address, texts(3))
    await hears(first, 3)
    await until('the commit', async () => (await committed(address, group)) === '3')
    await first.consumer.leave()
    await cell.publishAll(address, texts(7))
    await deleteBefore(address, 8)
    const second = await cell.join(address, { group })
    await hears(second, 2)
    expect(second.texts()).toEqual(['m5', 'm6'])
    expect(gapsOf(second)).toMatchObject([{ reason: 'retention', missed: 5, partition: 0 }])
  }, 60_000)

  it('KL-58 a reader whose next records are all gone learns of it before anything else comes, and its group keeps its position', async () => {
    const { address, group, reader } = await pausedReader()
    await cell.publishAll(address, texts(4))
    await deleteBefore(address, 5)
    await reader.consumer.resume()
    await until('the gap', () => gapsOf(reader).length > 0)
    expect(gapsOf(reader)).toMatchObject([{ reason: 'retention', missed: 4 }])
    await until('the commit', async () => (await committed(address, group)) === '5')
    await cell.publish(address, 'next')
    await hears(reader, 2)
    expect(gapsOf(reader)).toHaveLength(1)
  }, 60_000)

  it('KL-59 offsets used up by transactions are a gap with their number: markers, and what was aborted', async () => {
    const address = await cell.declare({ partitions: 1 })
    const reader = await cell.join(address, { group: uniqueName('group') })
    const sends = (text: string, transaction: 'commit' | 'abort') =>
      cell.driver().publish(address, draftOf({ text, settings: { transaction } }))
    await sends('one', 'commit')
    await sends('never', 'abort')
    await sends('two', 'commit')
    await cell.publish(address, 'three')
    await hears(reader, 3)
    const total = () => gapsOf(reader).reduce((sum, gap) => sum + ('missed' in gap ? gap.missed : 0), 0)
    // Three markers and one aborted record.
    await until('all to be reported', () => total() === 4)
    expect(new Set(gapsOf(reader).map(({ reason }) => reason))).toEqual(new Set(['transaction']))
  }, 60_000)

  it('KL-60 a seek, an absence and a redelivery leave no gap: nothing is missing', async () => {
    const address = await cell.declare({ partitions: 1 })
    const group = uniqueName('group')
    const reader = await cell.join(address, { group })
    await cell.publishAll(address, texts(5))
    await hears(reader, 5)
    await reader.consumer.seek({ to: 'offset', offset: '3', partition: 0 })
    await hears(reader, 7)
    await reader.consumer.seek({ to: 'earliest' })
    await hears(reader, 12)
    await reader.consumer.leave()
    await cell.publish(address, 'meanwhile')
    const next = await cell.join(address, { group })
    await hears(next, 1)
    expect([...gapsOf(reader), ...gapsOf(next)]).toEqual([])
  }, 60_000)
})
