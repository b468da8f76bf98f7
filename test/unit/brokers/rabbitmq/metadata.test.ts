import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptOf, deathOf } from '#lib/brokers/rabbitmq/delivery.ts'
import { claimsOf, propertiesOf, readMetadata, unfitHeader } from '#lib/brokers/rabbitmq/metadata.ts'

const message = (more: object = {}) => ({ messageId: 'm1', body: Buffer.from('x'), sentAt: 1_999, ...more })

describe('the properties of a message', () => {
  test('hold its own id, type and time, which its headers cannot replace', () => {
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

  test('say the type of the event that the sender gave', () => {
    const headers = { cloudEvents_type: 'order.paid' }
    expect(propertiesOf(message({ headers }), 'here', false).headers).toMatchObject(headers)
  })

  test('name no sender where there is none, even when a header does', () => {
    const properties = propertiesOf(message({ headers: { cloudEvents_sender: 'forged' } }), 'here', false)
    expect(properties.headers.cloudEvents_sender).toBeUndefined()
  })

  test('make it persistent for a durable queue only', () => {
    expect(propertiesOf(message(), 'here', true).deliveryMode).toBe(2)
    expect(propertiesOf(message(), 'here', false).deliveryMode).toBe(1)
  })

  test.each(['CC', 'BCC'])('refuse a header named %s, which RabbitMQ would take for routing keys', (name) => {
    expect(unfitHeader({ [name]: 'x' })).toContain(name)
    expect(unfitHeader({ [name.toLowerCase()]: 'x' })).toBeNull()
  })

  test('limit a header name to 255 bytes, not characters', () => {
    expect(unfitHeader({ ['x'.repeat(255)]: '' })).toBeNull()
    expect(unfitHeader({ ['ü'.repeat(128)]: '' })).not.toBeNull()
  })
})

describe('what a delivery claims', () => {
  test('is parsed without throwing, whatever its properties are, into bounded text', () => {
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (odd, headers) => {
        for (const properties of [odd, { messageId: odd, headers }, { headers: odd }]) {
          const claims = claimsOf(properties)
          expect(claims.messageId === null || typeof claims.messageId === 'string').toBe(true)
          const { headers = {}, fields = [] } = readMetadata(undefined, properties)
          expect(Object.keys(headers).length).toBeLessThanOrEqual(32)
          expect(fields.length).toBeLessThanOrEqual(128)
          for (const { text = '' } of fields) expect(text.length).toBeLessThanOrEqual(1_024)
        }
      }),
    )
  })

  test("leaves our own metadata and the broker's apart from the sender's headers, and hides none of it", () => {
    const headers = { cloudEvents_id: 'a', 'x-delivery-count': 2, 'x-death': [], 'x-empty': '', mine: 'b' }
    expect(claimsOf({ headers })).toEqual({ messageId: null, deliveryCount: 2 })
    const read = readMetadata(undefined, { headers })
    expect(read.headers).toEqual({ 'x-empty': '', mine: 'b' })
    expect(read.fields?.map(({ name }) => name)).toEqual(['cloudEvents_id', 'x-delivery-count', 'x-death'])
  })

  test.each([[-1], [1.5], ['2'], [null], [Number.NaN]])('a delivery count of %s is none', (count) => {
    expect(claimsOf({ headers: { 'x-delivery-count': count } }).deliveryCount).toBeNull()
  })

  test.each([
    ['as often as it was handed out', { 'x-acquired-count': 2 }, 2],
    ['less often than it was handed out, since basic.nack does not count', { 'x-acquired-count': 3 }, null],
    ['in the queue that it was in before', { 'x-acquired-count': 2, 'x-death': [{}] }, null],
    ['before RabbitMQ 4.3, where each queue counts for itself', { 'x-death': [{}] }, 2],
  ])('a delivery counted %s', (_, more, expected) => {
    expect(claimsOf({ headers: { 'x-delivery-count': 2, ...more } }).deliveryCount).toBe(expected)
  })
})

describe('the attempt of a delivery', () => {
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

describe('the settings of a message', () => {
  test('by default make it mandatory, without priority or expiry', () => {
    const { mandatory, priority, expiration } = propertiesOf(message(), 'here', false)
    expect([mandatory, priority, expiration]).toEqual([true, undefined, undefined])
  })

  test('become its properties, and persistence can differ from the durability of the queue', () => {
    const settings = { priority: 9, ttlMs: 50, mandatory: false, persistent: 'transient' }
    expect(propertiesOf(message({ settings }), 'here', true)).toMatchObject({
      mandatory: false,
      priority: 9,
      expiration: 50,
      deliveryMode: 1,
    })
    const persistent = message({ settings: { persistent: 'persistent' } })
    expect(propertiesOf(persistent, 'here', false).deliveryMode).toBe(2)
  })
})

describe('why a message was dead-lettered', () => {
  const dead = (reason: string) => ({ headers: { 'x-death': [{ reason, count: 1, queue: 'q' }] } })

  test('is read from the latest record; attempts are known only where the limit was the reason', () => {
    expect(deathOf(dead('expired'), 2)).toEqual({ how: 'expired', reason: 'expired', attempts: null })
    expect(deathOf(dead('rejected'), 2)).toMatchObject({ how: 'dead-lettered', attempts: null })
    expect(deathOf(dead('delivery_limit'), 2)).toMatchObject({ reason: 'delivered too often', attempts: 3 })
    expect(deathOf(dead('delivery_limit'), null)).toMatchObject({ attempts: null })
    expect(deathOf(dead('maxlen'), null)).toMatchObject({ reason: 'the queue was full' })
    expect(deathOf(dead('something new'), null)).toMatchObject({ reason: 'something new' })
  })

  test.each([[undefined], [{}], [{ headers: { 'x-death': [] } }], [{ headers: { 'x-death': 'forged' } }]])(
    'is not known from %j',
    (properties) => expect(deathOf(properties, null)).toBeNull(),
  )
})
