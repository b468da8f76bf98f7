import { describe, expect, it } from 'vitest'
import { attributesOf, headersOf } from '#lib/brokers/kafka/metadata.ts'

const outgoing = { messageId: 'id-1', body: Buffer.from('x'), sentAt: 0 }

describe('headers of a record', () => {
  it('are read as the sender wrote them, without those of the driver', () => {
    const headers = headersOf({ ...outgoing, sender: 'Zoë', headers: { a: 'b', 'x-empty': '' } }, 'here')
    const onTheWire = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value))]),
    )
    expect(attributesOf(onTheWire)).toEqual({
      messageId: 'id-1',
      sender: 'Zoë',
      headers: { a: 'b', 'x-empty': '' },
    })
  })

  it('of the sender never replace those of the driver', () => {
    expect(headersOf({ ...outgoing, headers: { ce_id: 'forged' } }, 'here').ce_id).toBe('id-1')
  })

  it.each([
    ['none', undefined, { messageId: null }],
    ['an empty id', { ce_id: Buffer.alloc(0) }, { messageId: null }],
    ['an endless id', { ce_id: Buffer.alloc(10_000, 'x') }, { messageId: null }],
    ['a null value', { a: undefined }, { messageId: null }],
    ['a name twice', { a: [Buffer.from('1'), Buffer.from('2')] }, { messageId: null, headers: { a: '2' } }],
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
