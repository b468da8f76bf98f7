import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { crc32c } from '#lib/brokers/kafka/crc32c.ts'
import { readRecordSet, recordSetDecoder } from '#lib/brokers/kafka/fetched-records.ts'
import { encodeRecord } from '#lib/brokers/kafka/record-format.ts'

/** kafkajs's own, which are not replaced in this test. */
const load = createRequire(import.meta.url)
const kafkajs = {
  decode: load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
    decoder: object,
  ) => Promise<unknown[]>,
  filterAborted: load('kafkajs/src/consumer/filterAbortedMessages.js') as (fetched: {
    messages: object[]
    abortedTransactions: Array<{ producerId: string; firstOffset: string }>
  }) => unknown[],
  Decoder: load('kafkajs/src/protocol/decoder.js') as new (
    bytes: Buffer,
  ) => Parameters<ReturnType<typeof recordSetDecoder>>[0],
}

const CODEC_GZIP = 1
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const MIB = 1024 * 1024

interface Made {
  base?: number
  values: Array<string | Buffer>
  key?: Buffer
  attributes?: number
  /** Offsets by which the batch reaches beyond its last record. */
  reach?: number
  /** Instead of the records. */
  body?: Buffer
  /** Instead of the right one. */
  checksum?: number
  magic?: number
  count?: number
}

function batch({
  base = 0,
  values,
  key,
  attributes = 0,
  reach = 0,
  body,
  checksum,
  magic = 2,
  count,
}: Made): Buffer {
  const encoded = values.map(
    (value, offsetDelta) => encodeRecord({ offsetDelta, key, value }) ?? Buffer.alloc(0),
  )
  const records =
    body ?? (attributes & CODEC_GZIP ? gzipSync(Buffer.concat(encoded)) : Buffer.concat(encoded))
  const bytes = Buffer.alloc(61 + records.length)
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt8(magic, 16)
  bytes.writeInt16BE(attributes, 21)
  bytes.writeInt32BE(values.length - 1 + reach, 23)
  bytes.writeBigInt64BE(1_700_000_000_000n, 27)
  bytes.writeBigInt64BE(1_700_000_000_000n, 35)
  bytes.writeBigInt64BE(-1n, 43)
  bytes.writeInt32BE(count ?? values.length, 57)
  records.copy(bytes, 61)
  bytes.writeUInt32BE(checksum ?? crc32c(bytes.subarray(21)), 17)
  return bytes
}

const noneOld = () => Promise.reject(new Error('no old messages here'))
const read = (...batches: Buffer[]) => readRecordSet(Buffer.concat(batches), noneOld)
const shown = async (...batches: Buffer[]) =>
  (await read(...batches)).map(
    ({ offset, value, unreadable }) => unreadable?.reason ?? `${offset} ${value?.toString()}`,
  )

const good = batch({ base: 10, values: ['after'] })

describe('what a fetch brings of a partition', () => {
  test('is decoded as kafkajs decodes it', async () => {
    const set = Buffer.concat([
      batch({ values: ['a', 'b'] }),
      batch({ base: 2, values: ['c', 'd'], attributes: CODEC_GZIP }),
      batch({ base: 4, values: ['marker'], attributes: CONTROL }),
      good.subarray(0, good.length - 3),
    ])
    const size = Buffer.alloc(4)
    size.writeInt32BE(set.length)
    const response = Buffer.concat([size, set])
    const ours = await recordSetDecoder(noneOld)(new kafkajs.Decoder(response))
    expect(ours).toHaveLength(5)
    expect(ours.map(({ headerBytes: _, ...record }) => record)).toEqual(
      await kafkajs.decode(new kafkajs.Decoder(response)),
    )
  })

  test('is read on behind a batch whose checksum does not match', async () => {
    const corrupt = batch({ base: 7, values: ['x', 'y'], checksum: 1 })
    expect(await shown(corrupt, good)).toEqual(['it is corrupt: its checksum does not match', '10 after'])
    const [record] = await read(corrupt)
    expect(record).toMatchObject({ offset: '8', unreadable: { offset: '7', records: 2 } })
  })

  test('is read on behind a codec that is not known, and bytes that are not of their codec', async () => {
    const unknown = batch({ values: ['x'], attributes: 6 })
    const broken = batch({ base: 1, values: ['x'], attributes: CODEC_GZIP, body: Buffer.from('no gzip') })
    expect(await shown(unknown, broken, good)).toEqual([
      'its codec is not known here: number 6',
      'it is not valid gzip',
      '10 after',
    ])
  })

  test('is read on behind a batch that is too large when decompressed, without taking its memory', async () => {
    const bomb = batch({ values: [Buffer.alloc(128 * MIB)], attributes: CODEC_GZIP })
    expect(bomb.length).toBeLessThan(MIB)
    const before = process.memoryUsage().arrayBuffers
    expect(await shown(bomb, good)).toEqual(['it is larger than 16 MiB when decompressed', '10 after'])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB)
  })

  test('is read on behind a format that is not known', async () => {
    expect(await shown(batch({ values: ['x'], magic: 3 }), good)).toEqual([
      'its format is not known here: version 3',
      '10 after',
    ])
  })

  test('shows one bad record, and those around it as they are', async () => {
    const fields = encodeRecord({ value: 'x', headers: { a: 'b' } }) ?? Buffer.alloc(0)
    // The last byte but three is the length of the header's name.
    fields[fields.length - 4] = 126
    const body = Buffer.concat([fields, encodeRecord({ offsetDelta: 1, value: 'next' }) ?? Buffer.alloc(0)])
    expect(await shown(batch({ values: ['', ''], body }))).toEqual([
      'its fields do not fit its length',
      '1 next',
    ])
  })

  test('counts the records behind the end of their batch as one that cannot be read', async () => {
    const cut = batch({ values: ['a', 'b', 'c'], body: encodeRecord({ value: 'a' }) ?? Buffer.alloc(0) })
    const records = await read(cut)
    expect(records.map(({ offset }) => offset)).toEqual(['0', '2'])
    expect(records[1]?.unreadable).toEqual({
      reason: 'its batch ends before it does',
      offset: '1',
      records: 2,
    })
  })

  test('marks how far a batch reaches whose last records were removed', async () => {
    const compacted = batch({ values: ['a'], reach: 4 })
    expect((await read(compacted)).map(({ offset, isFiller }) => [offset, isFiller])).toEqual([
      ['0', undefined],
      ['4', true],
    ])
    const emptied = batch({ values: [], reach: 3, body: Buffer.alloc(0), count: 0 })
    expect((await read(emptied)).map(({ offset, isFiller }) => [offset, isFiller])).toEqual([['2', true]])
  })

  test('is left for the next fetch where a response would take too much memory', async () => {
    const large = batch({ values: [Buffer.alloc(15 * MIB)], attributes: CODEC_GZIP })
    const records = await read(large, large, large, large, large, large, large)
    expect(records.length).toBeGreaterThan(0)
    expect(records.length).toBeLessThan(7)
  })

  test('has no record that kafkajs takes for the end of an aborted transaction, but its marker', async () => {
    const zero = Buffer.alloc(4)
    const aborted = batch({ values: ['never', 'shown'], key: zero, attributes: TRANSACTIONAL })
    const marker = batch({ base: 2, values: [''], key: zero, attributes: TRANSACTIONAL | CONTROL })
    const messages = await read(aborted, marker, good)
    const abortedTransactions = [{ producerId: '-1', firstOffset: '0' }]
    const kept = kafkajs.filterAborted({ messages, abortedTransactions })
    expect(kept).toEqual(messages.slice(2))
    expect(messages[0]?.key?.toString('hex')).toBe('00000000')
  })

  test('shows a message from before record batches that kafkajs cannot decode as unreadable', async () => {
    const old = batch({ base: 5, values: ['x'], magic: 1 })
    expect(await shown(old, good)).toEqual(['no old messages here', '10 after'])
  })
})

test('the checksum is CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283')
})
