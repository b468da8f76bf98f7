import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  forgetFrame,
  keepRawProperties,
  propertyBytes,
  readBasicProperties,
  receivedFrameOf,
} from '#lib/brokers/rabbitmq/basic-properties.ts'
import { readMetadata } from '#lib/brokers/rabbitmq/metadata.ts'

const HEADERS_FLAG = 0x2000
const short = (text: string) => Buffer.from([text.length, ...Buffer.from(text)])
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const framed = (bytes: Buffer) => Buffer.concat([int32(bytes.length), bytes])
const withHeaders = (...entries: Array<[string, Buffer]>) => {
  const table = Buffer.concat(entries.flatMap(([name, value]) => [short(name), value]))
  const flags = Buffer.alloc(2)
  flags.writeUInt16BE(HEADERS_FLAG)
  return Buffer.concat([flags, framed(table)])
}
const tagged = (tag: string, ...bytes: number[]) => Buffer.from([tag.charCodeAt(0), ...bytes])
const eight = (tag: string, value: bigint) => {
  const bytes = Buffer.alloc(9)
  bytes.write(tag, 'latin1')
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 1)
  return bytes
}
const rows = (raw: Buffer) =>
  readMetadata(raw, {}).fields?.map(({ name, path = [], type, text, bytes, items }) => [
    [name, ...path].join('.'),
    type,
    text ?? bytes ?? items,
  ])

describe('the header types of AMQP', () => {
  test.each([
    ['int64', eight('l', 9_007_199_254_740_993n), '9007199254740993'],
    ['int64', eight('l', -1n), '-1'],
    ['timestamp', eight('T', 18_446_744_073_709_551_615n), '18446744073709551615'],
    ['decimal', tagged('D', 2, 0, 0, 7, 207), '19.99'],
    ['decimal', tagged('D', 3, 0, 0, 0, 5), '0.005'],
    ['decimal', tagged('D', 0, 0xff, 0xff, 0xff, 0xff), '4294967295'],
    ['int8', tagged('b', 0xff), '-1'],
    ['uint8', tagged('B', 0xff), '255'],
    ['int16', tagged('s', 0xff, 0xfe), '-2'],
    ['uint16', tagged('u', 0xff, 0xfe), '65534'],
    ['int32', tagged('I', 0x80, 0, 0, 0), '-2147483648'],
    ['uint32', tagged('i', 0x80, 0, 0, 0), '2147483648'],
    ['double', eight('d', 0x3fb9_9999_9999_999an), '0.1'],
    ['double', eight('d', 0x8000_0000_0000_0000n), '-0'],
    ['bool', tagged('t', 1), 'true'],
    ['null', tagged('V'), undefined],
    ['bytes', Buffer.concat([tagged('x'), framed(Buffer.from([0xff]))]), '/w=='],
    ['string', Buffer.concat([tagged('S'), framed(Buffer.from([0xff]))]), '/w=='],
  ])('%s %# is exact', (type, value, expected) => {
    expect(rows(withHeaders(['h', value]))).toEqual([['h', type, expected]])
  })

  test('lists and tables are followed by what they hold, with the place of each', () => {
    const list = Buffer.concat([tagged('A'), framed(Buffer.concat([tagged('t', 0), tagged('V')]))])
    const table = Buffer.concat([tagged('F'), framed(Buffer.concat([short('in'), list]))])
    expect(rows(withHeaders(['h', table]))).toEqual([
      ['h', 'table', 1],
      ['h.in', 'array', 2],
      ['h.in.0', 'bool', 'false'],
      ['h.in.1', 'null', undefined],
    ])
  })

  test('a nesting without end is shown as bytes, and a name like a prototype as any other', () => {
    let deep = tagged('V')
    for (let depth = 0; depth < 5_000; depth += 1) deep = Buffer.concat([tagged('A'), framed(deep)])
    const read = rows(withHeaders(['deep', deep], ['__proto__', tagged('t', 1)])) ?? []
    expect(read.length).toBeLessThan(30)
    expect(read.at(-1)).toEqual(['__proto__', 'bool', 'true'])
  })

  test('bytes that are no properties are shown as such, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(() => readMetadata(Buffer.from(bytes), {})).not.toThrow()
      }),
    )
    expect(() => readBasicProperties(Buffer.from([0x20, 0, 0, 0, 0, 9]))).toThrow(RangeError)
  })
})

test('a connection keeps the bytes of the properties until they are let go of', () => {
  const frame = Buffer.from([2, 0, 1, 0, 0, 0, 14, ...new Array(12).fill(0), 0, 0, 0xce, 1])
  const properties = {}
  const connection = {
    rest: frame,
    recvFrame(): unknown {
      this.rest = this.rest.subarray(22)
      return { id: 60, channel: 1, size: 0, fields: properties }
    },
  }
  keepRawProperties({ connection })
  connection.recvFrame()
  const kept = receivedFrameOf(properties)
  expect(kept && propertyBytes(kept)).toEqual(Buffer.from([0, 0]))
  forgetFrame(properties)
  expect(receivedFrameOf(properties)).toBeUndefined()
  expect(() => keepRawProperties({ connection: {} })).not.toThrow()
})
