import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeRecord,
  encodeRecord,
  type RecordToEncode,
  readHeaderList,
} from '#lib/brokers/kafka/record-format.ts'

/** kafkajs's own encoder and decoder, which are not replaced in this test. */
const load = createRequire(import.meta.url)
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0'
const original = {
  encode: load(`${RECORD}/index.js`) as (record: RecordToEncode) => { buffer: Buffer },
  decode: load(`${RECORD}/decoder.js`) as (decoder: object, batch: object) => ReturnType<typeof decodeRecord>,
  Decoder: load('kafkajs/src/protocol/decoder.js') as new (
    bytes: Buffer,
  ) => { buffer: Buffer; offset: number; readVarInt(): number },
}

const text = fc.string({ unit: 'binary', maxLength: 40 })
const body = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)
const records = fc.record({
  offsetDelta: fc.nat({ max: 100_000 }),
  timestampDelta: fc.nat({ max: 2 ** 30 - 1 }),
  key: fc.option(body),
  value: fc.option(body),
  headers: fc.dictionary(text, body, { maxKeys: 8 }),
})
const batches = fc.record({
  firstOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  firstTimestamp: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  maxTimestamp: fc.constant('1700000000000'),
  timestampType: fc.constantFrom(0, 1),
  isControlBatch: fc.boolean(),
  magicByte: fc.constant(2),
})

/** A record's bytes after their length, as a batch passes them to its decoder. */
function opened(bytes: Buffer) {
  const decoder = new original.Decoder(bytes)
  const length = decoder.readVarInt()
  return new original.Decoder(bytes.subarray(decoder.offset, decoder.offset + length))
}

describe('records of Kafka', () => {
  test('are encoded byte for byte as kafkajs encodes them', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record)?.toString('hex')).toBe(original.encode(record).buffer.toString('hex'))
      }),
      { numRuns: 500 },
    )
  })

  test('are decoded as kafkajs decodes them', () => {
    fc.assert(
      fc.property(records, batches, (record, batch) => {
        const { buffer } = original.encode(record)
        const { headerBytes: _, ...read } = decodeRecord(opened(buffer), batch)
        expect(read).toEqual(original.decode(opened(buffer), batch))
      }),
      { numRuns: 500 },
    )
  })

  test('have a list as the value of a header that occurs several times', () => {
    const { buffer } = original.encode({ value: 'x', headers: { tag: ['a', 'b', 'c'], other: 'd' } })
    const batch = { firstTimestamp: '1700000000000', firstOffset: '7' }
    const { headerBytes, ...read } = decodeRecord(opened(buffer), batch)
    expect(read).toEqual(original.decode(opened(buffer), batch))
    expect(read.headers.tag).toHaveLength(3)
    expect(readHeaderList(headerBytes).map(([name, value]) => `${name}=${value}`)).toEqual([
      'tag=a',
      'tag=b',
      'tag=c',
      'other=d',
    ])
  })

  test('are read in a time that grows with their headers, also where one name occurs very often', () => {
    const tag = Array.from({ length: 60_000 }, () => 'x')
    const { buffer } = original.encode({ value: 'x', headers: { tag } })
    const began = performance.now()
    expect(decodeRecord(opened(buffer), {}).headers.tag).toHaveLength(tag.length)
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('keep timestamps exactly that are long before or after those of their batch', () => {
    for (const timestampDelta of [-1, -(2 ** 40), 2 ** 45, 2 ** 30]) {
      const { buffer } = original.encode({ value: 'x', timestampDelta })
      const batch = { firstTimestamp: '1700000000000', firstOffset: '0' }
      expect(decodeRecord(opened(buffer), batch).timestamp).toBe(String(1_700_000_000_000 + timestampDelta))
    }
  })

  test('are left to kafkajs where the fast encoder does not cover them', () => {
    expect(encodeRecord({ value: 'x', timestampDelta: -1 })).toBeUndefined()
    expect(encodeRecord({ value: 'x', headers: { tag: ['a', 'b'] } })).toBeUndefined()
    expect(encodeRecord({ value: 7 })).toBeUndefined()
  })
})
