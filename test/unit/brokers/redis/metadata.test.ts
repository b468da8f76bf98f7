import { expect, it } from 'vitest'
import { justBefore } from '#lib/brokers/redis/log-position.ts'
import { deadLetterFields, type Field, fieldsOf, readFields } from '#lib/brokers/redis/metadata.ts'
import { readStream } from '#lib/brokers/redis/replies.ts'

const claims = (...fields: Field[]) => readFields(fields.map((field) => Buffer.from(field)))
const message = { messageId: 'id-1', sentAt: 0, body: Buffer.from([0xff, 0x20]) }

it('a message is read as it was written, whatever its body, sender and headers', () => {
  const headers = { colour: 'grün', body: 'not this one', ce_id: 'nor this', 'x-empty': '' }
  const back = claims(...fieldsOf({ ...message, sender: 'Zoë', headers }, 'source'))
  expect(back).toMatchObject({ messageId: 'id-1', sender: 'Zoë' })
  expect(back.metadata?.().headers).toEqual(headers)
  expect(Buffer.from(back.body).toString('hex')).toBe('ff20')
  expect(back.death).toBeUndefined()
})

it('a dead letter keeps its fields and names its entry, the reason and the number of attempts', () => {
  const death = deadLetterFields({ id: '1-0', reason: 'its work failed', attempts: 3 }, 'jobs', 0)
  const back = claims(...fieldsOf({ ...message, headers: { a: 'b' } }, 'source'), ...death)
  expect(back).toMatchObject({
    messageId: 'id-1',
    deadId: '1-0',
    death: { how: 'dead-lettered', reason: 'its work failed', attempts: 3 },
  })
  expect(back.metadata?.().headers).toEqual({ a: 'b' })
})

it('all fields of a program outside are shown, each as often as it was written, bytes as bytes', () => {
  const bytes = Buffer.from([0xff])
  const { headers, fields } =
    claims('text', 't', 'a', '1', 'b', '2', 'b', bytes, 'ce_x', 'y', bytes, 'z').metadata?.() ?? {}
  expect(headers).toEqual({ a: '1' })
  expect(fields).toEqual([
    { in: 'properties', name: 'body field', type: 'string', text: 'text' },
    { in: 'headers', name: 'b', type: 'string', text: '2' },
    { in: 'headers', name: 'b', type: 'bytes', bytes: '/w==' },
    { in: 'headers', name: 'ce_x', type: 'string', text: 'y' },
    { in: 'headers', name: '\ufffd', nameBytes: '/w==', type: 'string', text: 'z' },
  ])
})

it.each([
  [['body', 'b', 'message', 'm'], 'b'],
  [['data', 'd', 'text', 't'], 't'],
  [['message', 'm'], 'm'],
  [['n', '1', 'n', '2', 'é', 'ü'], '{"n":["1","2"],"é":"ü"}'],
  [['__proto__', 'x'], '{"__proto__":"x"}'],
  [['odd'], '{}'],
])('fields of a program outside, %j, are read as %s', (fields, expected) => {
  expect(Buffer.from(claims(...fields).body).toString()).toBe(expected)
})

it('reads one stream’s answer as both protocols give it, and none', () => {
  const entries = [[Buffer.from('1-0'), [Buffer.from('body'), Buffer.from('x')]]]
  const pair = [Buffer.from('jobs'), entries]
  for (const reply of [pair, [pair]]) expect(readStream(reply)).toMatchObject([{ id: '1-0' }])
  expect(readStream(null)).toEqual([])
})

it.each([
  ['5-3', '5-2'],
  ['5-0', '4-18446744073709551615'],
  ['5', '4-18446744073709551615'],
  ['0-0', '0-0'],
])('the greatest id before %s is %s', (id, expected) => {
  expect(justBefore(id)).toBe(expected)
})
