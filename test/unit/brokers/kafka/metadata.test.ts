import { describe, expect, it } from 'vitest'
import { attributesOf, deliveryOf, headersOf, readMetadata } from '#lib/brokers/kafka/metadata.ts'
import { decodeRecord, encodeRecord } from '#lib/brokers/kafka/record-format.ts'

/** A record as a reader gets it from the wire. */
function record(headers: Record<string, unknown>, body: { key?: Buffer | null; value?: Buffer | null } = {}) {
  const written = encodeRecord({ ...body, headers })
  if (written === undefined) throw new Error('not a record that this encoder writes')
  // Its own length stands before it.
  const offset = written.length > 64 ? 2 : 1
  return decodeRecord({ buffer: written, offset }, { firstTimestamp: '5', timestampType: 0 })
}

const outgoing = { messageId: 'id-1', body: Buffer.from('x'), sentAt: 0 }

describe('headers of a record', () => {
  it('are read as the sender wrote them, without those of the driver', () => {
    const headers = headersOf({ ...outgoing, sender: 'Zoë', headers: { a: 'b', 'x-empty': '' } }, 'here')
    const onTheWire = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]),
    )
    expect(attributesOf(onTheWire)).toEqual({ messageId: 'id-1', sender: 'Zoë' })
    expect(readMetadata(record(onTheWire)).headers).toEqual({ a: 'b', 'x-empty': '' })
  })

  it('of the sender say which type its event and its content have', () => {
    const headers = { ce_type: 'order.paid', 'content-type': 'application/json' }
    const written = headersOf({ ...outgoing, headers }, 'here')
    expect(written).toMatchObject(headers)
    expect(readMetadata(record(written)).headers).toEqual(headers)
  })

  it('of the sender never replace those of the driver', () => {
    expect(headersOf({ ...outgoing, headers: { ce_id: 'forged' } }, 'here').ce_id).toBe('id-1')
  })

  it.each([
    ['none', undefined, { messageId: null }],
    ['an empty id', { ce_id: Buffer.alloc(0) }, { messageId: null }],
    ['an endless id', { ce_id: Buffer.alloc(10_000, 'x') }, { messageId: null }],
    ['a null value', { a: undefined }, { messageId: null }],
    ['a name twice', { a: [Buffer.from('1'), Buffer.from('2')] }, { messageId: null }],
    [
      'a sender of control characters',
      { ce_sender: Buffer.from('a\u0000b') },
      { messageId: null, sender: undefined },
    ],
    ['a name like a prototype', JSON.parse('{"__proto__":"x"}'), { messageId: null }],
  ])('of other programs are read whatever they are: %s', (_, headers, claims) => {
    expect(attributesOf(headers)).toEqual(claims)
  })
})

describe('what rode beside a record', () => {
  it('is each header as it was written, in its order, and the time of the record', () => {
    const { headers, fields } = readMetadata(
      record({ a: 'b', none: null, empty: '', bin: Buffer.from([0xff, 0x00]), ce_subject: 'x', 7: 'seven' }),
    )
    expect(headers).toEqual({ a: 'b', empty: '', ce_subject: 'x', 7: 'seven' })
    expect(fields).toEqual([
      { in: 'properties', name: 'timestamp', type: 'CreateTime', text: '5', time: 5 },
      { in: 'headers', name: 'none', type: 'null' },
      { in: 'headers', name: 'bin', type: 'bytes', bytes: '/wA=' },
    ])
  })

  it('tells a null value from an empty one, and a key that is no text from one that is', () => {
    const at = { topic: 't', partition: 0, delivery: 1, redelivered: false, attempt: 1 }
    const tombstone = deliveryOf(record({}, { key: Buffer.from([0xff]), value: null }), at)
    expect(tombstone).toMatchObject({ nullBody: true, keyBytes: Buffer.from([0xff]) })
    const empty = deliveryOf(record({}, { key: Buffer.alloc(0), value: Buffer.alloc(0) }), at)
    expect(empty).toMatchObject({ key: '' })
    expect(empty.nullBody).toBeUndefined()
    expect(empty.keyBytes).toBeUndefined()
  })
})
