import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { deliverUnreadable } from '#lib/brokers/rabbitmq/unreadable-properties.ts'
import { projectRoot } from '#test/support/source-files.ts'

/** The client library's own reading of frames. */
const load = createRequire(import.meta.url)
const { parseFrame, decodeFrame } = load(join(projectRoot, 'node_modules/amqplib/lib/frame.js')) as {
  parseFrame(bytes: Buffer, max: number): { rest: Buffer } | false
  decodeFrame(frame: object): unknown
}

interface HeaderFrame {
  id: number
  channel: number
  size: number
  fields: { contentType?: string; headers?: Record<string, unknown> }
}

function reader(bytes: Buffer) {
  const connection = {
    rest: bytes,
    recvFrame(): unknown {
      const frame = parseFrame(this.rest, 0)
      if (frame === false) return false
      this.rest = frame.rest
      return decodeFrame(frame)
    },
  }
  deliverUnreadable({ connection })
  return connection
}

const shortstr = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
const sized = (bytes: Buffer) => {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}
const table = (...fields: Buffer[]) => sized(Buffer.concat(fields))
const field = (name: string, type: string, value: Buffer) =>
  Buffer.concat([shortstr(name), Buffer.from(type), value])
function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** The content header of a message of 5 bytes on channel 3, with a content type and these headers. */
function headerFrame(headers: Buffer): Buffer {
  const head = Buffer.alloc(14)
  head.writeUInt16BE(60, 0)
  head.writeBigUInt64BE(5n, 4)
  head.writeUInt16BE(0xa000, 12)
  const payload = Buffer.concat([head, shortstr('text/plain'), headers])
  return Buffer.concat([Buffer.from([2, 0, 3]), sized(payload), Buffer.from([0xce])])
}

const text = field('greeting', 'S', sized(Buffer.from('hello')))
const big = field('eta', 'L', long(-9_007_199_254_740_000n))

describe('a message whose headers the client library cannot decode', () => {
  test('is delivered with all of them where a long integer is named as kombu names it', () => {
    const nested = field(
      'inner',
      'F',
      table(big, field('list', 'A', sized(Buffer.from('L\0\0\0\0\0\0\0\x07')))),
    )
    const connection = reader(headerFrame(table(text, big, nested, text)))
    const frame = connection.recvFrame() as HeaderFrame
    expect(frame).toMatchObject({ id: 60, channel: 3, size: 5, fields: { contentType: 'text/plain' } })
    expect(frame.fields.headers).toEqual({
      greeting: 'hello',
      eta: -9_007_199_254_740_000,
      inner: { eta: -9_007_199_254_740_000, list: [7] },
    })
  })

  test('is delivered without properties where a type is not known at all, and the next one as it is', () => {
    const unknown = headerFrame(table(text, field('odd', '?', Buffer.alloc(3))))
    const connection = reader(Buffer.concat([unknown, headerFrame(table(text))]))
    expect(connection.recvFrame()).toEqual({ id: 60, channel: 3, size: 5, fields: {} })
    expect((connection.recvFrame() as HeaderFrame).fields.headers).toEqual({ greeting: 'hello' })
    expect(connection.recvFrame()).toBe(false)
  })

  test('leaves what is no message’s header to fail as before', () => {
    const broken = Buffer.concat([Buffer.from([9, 0, 0]), sized(Buffer.alloc(2)), Buffer.from([0xce])])
    expect(() => reader(broken).recvFrame()).toThrow('Unknown frame type')
  })
})
