import { describe, expect, test } from 'vitest'
import { Copies, fingerprintOf, Identities, recurrenceKeyOf } from '#lib/brokers/rabbitmq/message-identity.ts'
import { OwnConsumers } from '#lib/brokers/rabbitmq/own-consumers.ts'

describe('the identity of a message', () => {
  const body = Buffer.from('same')

  test('follows its id and its body where it has an id, and differs from queue to queue', () => {
    const identities = new Identities()
    const at = (queue: string, redelivered: boolean, its = body) => {
      const arrival = { at: queue, home: queue, messageId: 'id', body: its, mayBeKnown: redelivered }
      return identities.ofNamed({ ...arrival, redelivered })
    }
    const again = at('q', true)
    expect(at('q', false)).toBe(again)
    expect(at('q', false, Buffer.from('bye'))).not.toBe(again)
    expect(at('other', false)).not.toBe(again)
    const second = at('q', false)
    expect(second).not.toBe(again)
    identities.putBack('q', recurrenceKeyOf('id', body), second)
    expect([at('q', true), at('q', true)]).toEqual([second, again])
  })

  test('of a copy from an exchange depends also on key and properties, and on how often that subscriber has received the same', () => {
    const identities = new Identities()
    const at = (subscriber: string, beside: number) => {
      const arrival = { at: subscriber, home: 'x', messageId: 'id', body, beside }
      return identities.ofNamed({ ...arrival, mayBeKnown: false, redelivered: false })
    }
    const [one, other, twice] = [at('a', 1), at('a', 2), at('a', 1)]
    expect(new Set([one, other, twice]).size).toBe(3)
    expect([at('b', 2), at('b', 1), at('b', 1)]).toEqual([other, one, twice])
  })

  test('without an id is fresh, unless a message with an equal body was put back into that queue', () => {
    const identities = new Identities()
    const first = identities.ofUnnamed('q', false, body)
    const second = identities.ofUnnamed('q', false, body)
    expect(second).not.toBe(first)
    identities.putBack('q', fingerprintOf(body), first)
    identities.putBack('q', fingerprintOf(body), second)
    expect(identities.ofUnnamed('other', true, body)).not.toBe(first)
    expect(identities.ofUnnamed('q', false, body)).not.toBe(first)
    expect(identities.ofUnnamed('q', true, Buffer.from('else'))).not.toBe(first)
    expect(identities.ofUnnamed('q', true, body)).toBe(first)
    expect(identities.ofUnnamed('q', true, body)).toBe(second)
    expect([first, second]).not.toContain(identities.ofUnnamed('q', true, body))
  })

  test('of messages that were put back is remembered up to a limit, and the oldest is forgotten first', () => {
    const identities = new Identities()
    const bodies = Array.from({ length: 10_001 }, (_, index) => Buffer.from(`b${index}`))
    const names = bodies.map((one) => identities.ofUnnamed('q', false, one))
    bodies.forEach((one, index) => void identities.putBack('q', fingerprintOf(one), names[index] ?? ''))
    expect(identities.ofUnnamed('q', true, bodies[0] ?? body)).not.toBe(names[0])
    expect(identities.ofUnnamed('q', true, bodies[1] ?? body)).toBe(names[1])
  })
})

describe('the copies of a message without an id', () => {
  test('have one name at all subscribers, matched by order; a later subscriber gets no copy of earlier messages', () => {
    let clock = 1
    const copies = new Copies(() => clock)
    const at = (consumer: string, since = 0) => copies.nameOf('x', consumer, since, 'same')
    const [first, second] = [at('a'), at('a')]
    expect(first).not.toBe(second)
    expect([at('b'), at('b')]).toEqual([first, second])
    clock = 5
    const third = at('late', 4)
    expect([first, second]).not.toContain(third)
    expect(at('a')).toBe(third)
  })
})

describe('own consumers at a queue', () => {
  test('are counted for a moment longer than they live, as the broker may count them', () => {
    let clock = 0
    const own = new OwnConsumers(() => clock)
    const gone = own.enter('q')
    own.enter('q')
    expect([own.countAt('q'), own.countAt('other')]).toEqual([2, 0])
    gone()
    expect(own.countAt('q')).toBe(2)
    clock = 5_000
    expect(own.countAt('q')).toBe(1)
  })
})
