import { expect, it } from 'vitest'
import { ListOrder } from '#lib/brokers/redis/list-order.ts'

const bytes = (text: string) => Buffer.from(text)

it('recognises our texts, the oldest of equal ones first, and gives every other text a new outside identity', () => {
  const order = new ListOrder('jobs', 'run')
  order.send('one', bytes('same'))
  order.send('two', bytes('same'))
  expect(order.take(bytes('same')).messageId).toBe('one')
  expect(order.take(bytes('same')).messageId).toBe('two')
  const [first, second] = [order.take(bytes('same')), order.take(bytes('same'))]
  expect([first.messageId, second.messageId]).toEqual([null, null])
  expect(first.identity).not.toBe(second.identity)
})

it('recognises an element that was put back, one attempt later and before equal texts that wait', () => {
  const order = new ListOrder('jobs', 'run')
  order.send('one', bytes('same'))
  const taken = order.take(bytes('same'))
  order.send('two', bytes('same'))
  order.putBack(taken, bytes('same'))
  expect(order.take(bytes('same'))).toMatchObject({ messageId: 'one', attempts: 2 })
  const outside = order.take(bytes('theirs'))
  order.putBack(outside, bytes('theirs'))
  expect(order.take(bytes('theirs'))).toMatchObject({ identity: outside.identity, attempts: 2 })
})

it('forgets what never entered the list, and keeps no more than its limits', () => {
  const order = new ListOrder('jobs', 'run')
  order.forget(order.send('refused', bytes('text')), bytes('text'))
  expect(order.size).toBe(0)
  expect(order.take(bytes('text')).messageId).toBeNull()
  for (let index = 0; index < 100_010; index++) order.send(`m${index}`, bytes(`t${index}`))
  expect(order.size).toBe(100_000)
  expect(order.take(bytes('t0')).messageId).toBeNull()
  expect(order.take(bytes('t100009')).messageId).toBe('m100009')
})

it('compares bytes, not letters', () => {
  const order = new ListOrder('jobs', 'run')
  order.send('broken', Buffer.from([0xff, 0xfe]))
  expect(order.take(Buffer.from([0xff, 0xfd])).messageId).toBeNull()
  expect(order.take(Buffer.from([0xff, 0xfe])).messageId).toBe('broken')
})
