import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { beforeAll, describe, expect, it } from 'vitest'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { INSTALL_TIMEOUT_MS, installCommandLineClients } from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'
import { hears, partitionOf, texts } from './support/kafka-cell.ts'
import { createKafkaWorld, heard } from './support/kafka-world.ts'

const MIB = 1024 * 1024
const world = createKafkaWorld()
const client = () => new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING })

/** Sets one entry of a topic as an administrator does. */
async function configure(topic: string, name: string, value: string): Promise<void> {
  const admin = client().admin()
  await admin.connect()
  try {
    const resources = [{ type: 2, name: topic, configEntries: [{ name, value }] }]
    await admin.alterConfigs({ validateOnly: false, resources })
  } finally {
    await admin.disconnect()
  }
}

beforeAll(installCommandLineClients, INSTALL_TIMEOUT_MS)

describe('batches of other programs', () => {
  it('KL-50 a reader reads batches of every codec: gzip, snappy, lz4 and zstd', async () => {
    const address = await world.declare({ partitions: 1 })
    const reader = await world.attach(address, uniqueName('group'))
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
    for (const codec of codecs) {
      const lines = texts(200, `${codec} `).map((text) => `${text}\n`)
      await world.kcatWrites(address, lines.join(''), ['-z', codec])
    }
    await hears(reader, codecs.length * 200)
    expect(reader.texts()).toEqual(codecs.flatMap((codec) => texts(200, `${codec} `)))
    expect(reader.deliveries().some(({ unreadable }) => unreadable !== undefined)).toBe(false)
  }, 60_000)

  it('KL-51 a reader reads what the broker compresses itself, as the topic’s compression.type asks', async () => {
    for (const codec of ['zstd', 'lz4', 'snappy', 'gzip']) {
      const address = await world.declare({ partitions: 1 })
      await configure(address, 'compression.type', codec)
      const reader = await world.attach(address, uniqueName('group'))
      const receipts = await Promise.all(texts(50).map((text) => world.publish(address, text)))
      expect(new Set(receipts.map(({ outcome }) => outcome))).toEqual(new Set(['published']))
      await hears(reader, 50)
      expect(reader.texts()).toEqual(texts(50))
    }
  }, 60_000)

  it('KL-52 a batch that is too large when decompressed is shown as unreadable with its offset and reason, takes no memory, and stops nobody', async () => {
    const address = await world.declare({ partitions: 1 })
    const readers = await Promise.all([
      world.attach(address, uniqueName('group')),
      world.attach(address, uniqueName('group')),
    ])
    const producer = client().producer()
    await producer.connect()
    await producer.send({ topic: address, messages: [{ value: 'before' }] })
    const before = process.memoryUsage().rss
    const messages = Array.from({ length: 40 }, () => ({ value: Buffer.alloc(MIB) }))
    await producer.send({ topic: address, compression: CompressionTypes.GZIP, messages })
    await producer.send({ topic: address, messages: [{ value: 'after' }] })
    await producer.disconnect()
    for (const reader of readers) {
      await heard(reader, 'after')
      const [first, bad, last] = reader.deliveries()
      expect(reader.deliveries()).toHaveLength(3)
      expect(first?.unreadable).toBeUndefined()
      expect(bad).toMatchObject({
        identity: `kafka:${address}:0:1`,
        address: { kind: 'offset', partition: 0, offset: '1' },
        unreadable: { reason: 'it is larger than 16 MiB when decompressed', records: 40 },
      })
      expect(last?.address).toMatchObject({ offset: '41' })
      expect(reader.events.some(({ type }) => type === 'gap')).toBe(false)
    }
    // The producer of this test holds what it compresses; the readers add no multiple of it.
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * MIB)
    await until('all to be committed', async () => {
      const facts = await world.groupFacts(address, readers[0]?.spec.group ?? '')
      return facts?.committed.some(({ offset }) => offset === '42')
    })
  }, 60_000)
})

describe('the topic’s own limit', () => {
  it('KL-53 sends are filled up to the topic’s max.message.bytes: only what is itself too large is refused', async () => {
    const address = await world.declare({ partitions: 3 })
    await configure(address, 'max.message.bytes', '2000')
    const drafts = texts(500).map((text) => text.padEnd(200, '.'))
    const receipts = await Promise.all(
      [...drafts, 'x'.repeat(4_000)].map((text) => world.publish(address, text)),
    )
    const refused = receipts.filter(({ outcome }) => outcome === 'refused')
    expect(refused).toEqual([receipts.at(-1)])
    expect(receipts.filter(({ outcome }) => outcome === 'published')).toHaveLength(500)
    expect(new Set(receipts.slice(0, -1).map(partitionOf))).toEqual(new Set([0, 1, 2]))
  }, 30_000)

  it('KL-54 a limit that became smaller refuses no more than what is too large for it', async () => {
    const address = await world.declare({ partitions: 2 })
    const reader = await world.attach(address, uniqueName('group'))
    await world.publish(address, 'the limit is known now')
    await configure(address, 'max.message.bytes', '2000')
    const receipts = await Promise.all(texts(200).map((text) => world.publish(address, text)))
    expect(new Set(receipts.map(({ outcome }) => outcome))).toEqual(new Set(['published']))
    await hears(reader, 201)
    expect(reader.deliveries()).toHaveLength(201)
  }, 30_000)

  it('KL-55 a compacted topic refuses a message without a key, and takes the others of its batch', async () => {
    const address = await world.declare({ partitions: 1, cleanup: 'compact' })
    const receipts = await Promise.all([
      world.publish(address, { text: 'a', key: 'k' }),
      world.publish(address, { text: 'without' }),
      world.publish(address, { text: 'b', key: 'k' }),
    ])
    expect(receipts.map(({ outcome }) => outcome)).toEqual(['published', 'refused', 'published'])
  }, 30_000)
})
