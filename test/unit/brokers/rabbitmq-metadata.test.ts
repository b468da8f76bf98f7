import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptOf } from '#lib/brokers/rabbitmq/delivery.ts'
import { createIdentities, fingerprintOf } from '#lib/brokers/rabbitmq/identity.ts'
import { claimsOf, propertiesOf, unfitHeader } from '#lib/brokers/rabbitmq/metadata.ts'

const message = (more: object = {}) => ({ messageId: 'm1', body: Buffer.from('x'), sentAt: 1_999, ...more })

describe('what a message takes along', () => {
  test('its own id, type and time cannot be replaced by its headers', () => {
    const headers = { cloudEvents_id: 'forged', cloudEvents_sender: 'forged', mine: 'kept' }
    const properties = propertiesOf(message({ headers, sender: 'Bo' }), 'here', false)
    expect(properties.headers).toEqual({
      mine: 'kept',
      cloudEvents_id: 'm1',
      cloudEvents_source: 'here',
      cloudEvents_type: 'switchboard.chat.message',
      cloudEvents_specversion: '1.0',
      cloudEvents_sender: 'Bo',
    })
    expect(properties.timestamp).toBe(1)
  })

  test('without a sender claims none, also when a header does', () => {
    const properties = propertiesOf(message({ headers: { cloudEvents_sender: 'forged' } }), 'here', false)
    expect(properties.headers.cloudEvents_sender).toBeUndefined()
  })

  test('is persistent for a durable queue only', () => {
    expect(propertiesOf(message(), 'here', true).deliveryMode).toBe(2)
    expect(propertiesOf(message(), 'here', false).deliveryMode).toBe(1)
  })

  test.each(['CC', 'BCC'])('a header named %s would be taken for routing keys, so it is unfit', (name) => {
    expect(unfitHeader({ [name]: 'x' })).toContain(name)
    expect(unfitHeader({ [name.toLowerCase()]: 'x' })).toBeNull()
  })

  test('a header name has at most 255 bytes, not characters', () => {
    expect(unfitHeader({ ['x'.repeat(255)]: '' })).toBeNull()
    expect(unfitHeader({ ['ü'.repeat(128)]: '' })).not.toBeNull()
  })
})

describe('what a delivery claims', () => {
  test('never throws, whatever its properties are, and yields bounded text only', () => {
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (odd, headers) => {
        for (const properties of [odd, { messageId: odd, headers }, { headers: odd }]) {
          const claims = claimsOf(properties)
          expect(claims.messageId === null || typeof claims.messageId === 'string').toBe(true)
          const entries = Object.entries(claims.headers ?? {})
          expect(entries.length).toBeLessThanOrEqual(32)
          for (const [name, value] of entries) {
            expect(name.length).toBeLessThanOrEqual(128)
            expect(value.length).toBeLessThanOrEqual(1_024)
          }
        }
      }),
    )
  })

  test("leaves out our own metadata and the broker's, keeps other x-headers", () => {
    const headers = { cloudEvents_id: 'a', 'x-delivery-count': 2, 'x-death': [], 'x-empty': '', mine: 'b' }
    expect(claimsOf({ headers })).toEqual({
      messageId: null,
      deliveryCount: 2,
      headers: { 'x-empty': '', mine: 'b' },
    })
  })

  test.each([[-1], [1.5], ['2'], [null], [Number.NaN]])('a delivery count of %s is none', (count) => {
    expect(claimsOf({ headers: { 'x-delivery-count': count } }).deliveryCount).toBeNull()
  })
})

describe('the attempt', () => {
  test.each([
    [false, null, 'classic', 1],
    [true, null, 'classic', null],
    [true, 7, 'classic', null],
    [false, 7, 'classic', 1],
    [false, null, 'quorum', 1],
    [true, 1, 'quorum', 2],
    [true, null, 'quorum', null],
    [true, 2, null, 3],
  ])('redelivered %s, count %s on a %s queue: %s', (redelivered, count, kind, attempt) => {
    expect(attemptOf(redelivered, count, kind)).toBe(attempt)
  })
})

describe('identities', () => {
  const body = Buffer.from('same')

  test('follow the id where there is one, apart for each queue', () => {
    const identities = createIdentities()
    const again = identities.of('q', 'id', true, body)
    expect(identities.of('q', 'id', false, body)).toBe(again)
    expect(identities.of('other', 'id', false, body)).not.toBe(again)
  })

  test('without an id are fresh, unless an equal body went back to that queue unsettled', () => {
    const identities = createIdentities()
    const first = identities.of('q', null, false, body)
    const second = identities.of('q', null, false, body)
    expect(second).not.toBe(first)
    identities.release('q', fingerprintOf(body), first)
    identities.release('q', fingerprintOf(body), second)
    expect(identities.of('other', null, true, body)).not.toBe(first)
    expect(identities.of('q', null, false, body)).not.toBe(first)
    expect(identities.of('q', null, true, Buffer.from('else'))).not.toBe(first)
    expect(identities.of('q', null, true, body)).toBe(first)
    expect(identities.of('q', null, true, body)).toBe(second)
    expect([first, second]).not.toContain(identities.of('q', null, true, body))
  })

  test('of what went back are remembered up to a limit, the oldest forgotten first', () => {
    const identities = createIdentities()
    const bodies = Array.from({ length: 10_001 }, (_, index) => Buffer.from(`b${index}`))
    const names = bodies.map((one) => identities.of('q', null, false, one))
    bodies.forEach((one, index) => void identities.release('q', fingerprintOf(one), names[index] ?? ''))
    expect(identities.of('q', null, true, bodies[0] ?? body)).not.toBe(names[0])
    expect(identities.of('q', null, true, bodies[1] ?? body)).toBe(names[1])
  })
})
