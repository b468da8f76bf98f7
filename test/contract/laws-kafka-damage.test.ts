import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/kafka/driver.ts'
import type { LaunchPlan } from '#lib/brokers/recipe.ts'
import { uniqueName } from '#test/support/brokers.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, draftOf, quietLog, type Recorder, upWithin } from './support/contract-bench.ts'
import { hears, partitionOf, places, texts } from './support/kafka-cell.ts'

const START_TIMEOUT_MS = 120_000
/** Of a batch: its first offset, then its length, then its leader's epoch, format, checksum … */
const LENGTH_AT = 8
const BEFORE_LENGTH_BYTES = 12
const COUNT_AT = 57

let folder = ''
let broker: OwnBroker
let driver: Driver

/** The cleaner looks at once for what it may compact. */
const withEagerCleaner = (plan: LaunchPlan): LaunchPlan => {
  folder = plan.cwd
  const add = (content: string) => `${content}log.cleaner.backoff.ms=100\n`
  return {
    ...plan,
    files: plan.files.map((file) =>
      file.path.endsWith('server.properties') ? { ...file, content: add(file.content) } : file,
    ),
  }
}

beforeAll(async () => {
  broker = await startOwnBroker('kafka', withEagerCleaner)
  driver = createDriver({ url: broker.url, clientName: 'switchboard-damage', log: quietLog })
  driver.open()
  await upWithin(driver)
}, START_TIMEOUT_MS)
afterAll(async () => {
  await driver?.close()
  await broker?.close()
})

const segmentsOf = (topic: string, partition: number): string[] => {
  const of = join(folder, 'data', `${topic}-${partition}`)
  return readdirSync(of)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(of, name))
}

/** Where each batch of a segment begins. */
function batchesOf(segment: Buffer): number[] {
  const starts: number[] = []
  for (let at = 0; at + COUNT_AT + 4 <= segment.length; ) {
    const length = segment.readInt32BE(at + LENGTH_AT)
    if (length <= 0) break
    starts.push(at)
    at += BEFORE_LENGTH_BYTES + length
  }
  return starts
}

/** Overwrites the broker's file in place, as a failing disk would. */
function damage(topic: string, partition: number, how: (segment: Buffer, batches: number[]) => void): void {
  const [path = ''] = segmentsOf(topic, partition)
  const bytes = readFileSync(path)
  how(bytes, batchesOf(bytes))
  writeFileSync(path, bytes, { flag: 'r+' })
}

async function declare(partitions: number, more = {}): Promise<string> {
  const address = uniqueName('damage')
  await driver.declare({ address, mode: 'log', settings: { partitions, ...more }, owned: true })
  return address
}

const joins = (address: string, group = uniqueName('group')): Promise<Recorder> =>
  attachRecorder(driver, {
    ...{ name: uniqueName('reader'), address, mode: 'log' as const, group },
    settings: { from: 'earliest' },
  })

/** So that what was sent a moment ago may be compacted: the newest segment never is. */
async function rollSegmentsOften(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker.url], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'segment.ms', value: '100' },
      { name: 'min.cleanable.dirty.ratio', value: '0.01' },
    ]
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] })
  } finally {
    await admin.disconnect()
  }
}

/** The first offsets of the batches that hold a record. */
const heldOffsets = (topic: string): number[] =>
  segmentsOf(topic, 0).flatMap((path) => {
    const segment = readFileSync(path)
    return batchesOf(segment)
      .filter((at) => segment.readInt32BE(at + COUNT_AT) > 0)
      .map((at) => Number(segment.readBigInt64BE(at)))
  })

describe('a log that is damaged on the broker’s disk', () => {
  it('KL-61 a batch whose bytes were changed is shown as unreadable with its offset, and the batches behind it are read', async () => {
    const address = await declare(1)
    for (const text of ['before', 'damaged', 'after']) await driver.publish(address, draftOf(text))
    damage(address, 0, (segment, [, second = 0, third = 0]) => {
      segment.writeUInt8(segment.readUInt8(third - 2) ^ 0xff, third - 2)
      expect(second).toBeGreaterThan(0)
    })
    const reader = await joins(address)
    await hears(reader, 3)
    expect(reader.texts()).toEqual(['before', '', 'after'])
    expect(reader.deliveries()[1]).toMatchObject({
      address: { offset: '1' },
      unreadable: { reason: 'it is corrupt: its checksum does not match', records: 1 },
    })
    await reader.consumer.leave()
  }, 60_000)

  it('KL-62 a partition that the broker itself cannot read backs off alone, with a fault that says so, and the others are read on', async () => {
    const address = await declare(2)
    const sent = await Promise.all(
      texts(20).map(async (text) => partitionOf(await driver.publish(address, draftOf({ text, key: text })))),
    )
    const others = sent.filter((partition) => partition === 1).length
    expect(others).toBeGreaterThan(0)
    expect(others).toBeLessThan(20)
    await driver.publish(address, draftOf({ text: 'behind', key: 'm0' }))
    damage(address, 0, (segment, [first = 0]) => segment.writeInt32BE(1, first + LENGTH_AT))
    const faults: string[] = []
    const stop = driver.onFault(({ code, text }) => void faults.push(`${code}: ${text}`))
    const reader = await joins(address)
    await hears(reader, others)
    await until('the fault', () => faults.length > 0)
    const word =
      'partition-refused: partition 0 cannot be read: its log is damaged on the broker (CORRUPT_MESSAGE)'
    expect(new Set(faults)).toEqual(new Set([word]))
    const states = reader.events.filter(({ type }) => type === 'state').length
    const later = await Promise.all(
      texts(20, 'later').map((text) => driver.publish(address, draftOf({ text, key: text }))),
    )
    const more = later.filter((receipt) => partitionOf(receipt) === 1).length
    expect(later.filter(({ outcome }) => outcome === 'refused')).toHaveLength(20 - more)
    await hears(reader, others + more)
    expect(reader.events.filter(({ type }) => type === 'state')).toHaveLength(states)
    stop()
    await reader.consumer.leave()
  }, 60_000)
})

describe('a compacted log', () => {
  it('KL-63 what compaction removed before a reader’s first record, or between its records, is a gap with its number', async () => {
    const address = await declare(1, { cleanup: 'compact' })
    await rollSegmentsOften(address)
    const group = uniqueName('group')
    const first = await joins(address, group)
    await driver.publish(address, draftOf({ text: 'had', key: 'k' }))
    await hears(first, 1)
    await first.consumer.leave()
    for (const text of texts(9)) await driver.publish(address, draftOf({ text, key: 'k' }))
    await until('compaction', async () => {
      await driver.publish(address, draftOf({ text: 'rolls a segment', key: 'other' }))
      return !heldOffsets(address).includes(2)
    })
    await driver.publish(address, draftOf({ text: 'last', key: 'k' }))
    // One whose group was here before, and one of a new group, for whom the first record lies behind a hole, too.
    const readers = [await joins(address, group), await joins(address)]
    for (const reader of readers) {
      await until('the last', () => reader.texts().includes('last'))
      const read = places(reader).map(({ offset }) => Number(offset))
      const had = reader === readers[0] ? 1 : 0
      const missing = Math.max(...read) + 1 - had - read.length
      expect(missing).toBeGreaterThan(0)
      const gaps = () => reader.events.filter((event) => event.type === 'gap')
      await until('all to be reported', () => {
        const missed = gaps().map((gap) => ('missed' in gap ? gap.missed : 0))
        return missed.reduce((sum, one) => sum + (one ?? 0), 0) === missing
      })
      expect(new Set(gaps().map(({ reason }) => reason))).toEqual(new Set(['compaction']))
      await reader.consumer.leave()
    }
  }, 60_000)
})
