import { describe, expect, test } from 'vitest'
import { Copies, fingerprintOf, Identities } from '#lib/brokers/rabbitmq/message-identity.ts'
import { OwnConsumers } from '#lib/brokers/rabbitmq/own-consumers.ts'

describe('the identity of a message', () => {
  const body = Buffer.from('same')

  test('follows its id and its body where it has an id, and differs from queue to queue', () => {
    const identities = new Identities()
    const again = identities.of('q', 'id', true, body)
    expect(identities.of('q', 'id', false, body)).toBe(again)
    expect(identities.of('q', 'id', false, Buffer.from('bye'))).not.toBe(again)
    expect(identities.of('other', 'id', false, body)).not.toBe(again)
  })

  test('without an id is fresh, unless a message with an equal body was returned to that queue', () => {
    const identities = new Identities()
    const first = identities.of('q', null, false, body)
    const second = identities.of('q', null, false, body)
    expect(second).not.toBe(first)
    identities.returned('q', fingerprintOf(body), first)
    identities.returned('q', fingerprintOf(body), second)
    expect(identities.of('other', null, true, body)).not.toBe(first)
    expect(identities.of('q', null, false, body)).not.toBe(first)
    expect(identities.of('q', null, true, Buffer.from('else'))).not.toBe(first)
    expect(identities.of('q', null, true, body)).toBe(first)
    expect(identities.of('q', null, true, body)).toBe(second)
    expect([first, second]).not.toContain(identities.of('q', null, true, body))
  })

  test('of returned messages is remembered up to a limit, and the oldest is forgotten first', () => {
    const identities = new Identities()
    const bodies = Array.from({ length: 10_001 }, (_, index) => Buffer.from(`b${index}`))
    const names = bodies.map((one) => identities.of('q', null, false, one))
    bodies.forEach((one, index) => void identities.returned('q', fingerprintOf(one), names[index] ?? ''))
    expect(identities.of('q', null, true, bodies[0] ?? body)).not.toBe(names[0])
    expect(identities.of('q', null, true, bodies[1] ?? body)).toBe(names[1])
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
