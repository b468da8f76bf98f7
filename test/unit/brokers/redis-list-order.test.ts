import { expect, it } from 'vitest'
import { ListOrder } from '#lib/brokers/redis/list-order.ts'

const bytes = (text: string) => Buffer.from(text)

it('recognises our texts, the oldest of equal ones first, and gives every other text a new outside identity', () => {
  const book = new ListOrder('jobs', 'run')
  book.send('one', bytes('same'))
  book.send('two', bytes('same'))
  expect(book.take(bytes('same')).messageId).toBe('one')
  expect(book.take(bytes('same')).messageId).toBe('two')
  const [first, second] = [book.take(bytes('same')), book.take(bytes('same'))]
  expect([first.messageId, second.messageId]).toEqual([null, null])
  expect(first.identity).not.toBe(second.identity)
})

it('recognises an element that was put back, one attempt later and before equal texts that wait', () => {
  const book = new ListOrder('jobs', 'run')
  book.send('one', bytes('same'))
  const held = book.take(bytes('same'))
  book.send('two', bytes('same'))
  book.putBack(held, bytes('same'))
  expect(book.take(bytes('same'))).toMatchObject({ messageId: 'one', attempts: 2 })
  const outside = book.take(bytes('theirs'))
  book.putBack(outside, bytes('theirs'))
  expect(book.take(bytes('theirs'))).toMatchObject({ identity: outside.identity, attempts: 2 })
})

it('forgets what never entered the list, and keeps no more than its limits', () => {
  const book = new ListOrder('jobs', 'run')
  book.forget(book.send('refused', bytes('text')), bytes('text'))
  expect(book.size).toBe(0)
  expect(book.take(bytes('text')).messageId).toBeNull()
  for (let index = 0; index < 100_010; index++) book.send(`m${index}`, bytes(`t${index}`))
  expect(book.size).toBe(100_000)
  expect(book.take(bytes('t0')).messageId).toBeNull()
  expect(book.take(bytes('t100009')).messageId).toBe('m100009')
})

it('compares bytes, not letters', () => {
  const book = new ListOrder('jobs', 'run')
  book.send('broken', Buffer.from([0xff, 0xfe]))
  expect(book.take(Buffer.from([0xff, 0xfd])).messageId).toBeNull()
  expect(book.take(Buffer.from([0xff, 0xfe])).messageId).toBe('broken')
})
