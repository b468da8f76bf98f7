import { describe, expect, test } from 'vitest'
import { queueDeclaration, streamDeclaration } from '#lib/brokers/rabbitmq/queue-arguments.ts'
import { parsed, queueSettings } from '#lib/brokers/rabbitmq/settings.ts'
import type { Settings } from '#lib/protocol/room.ts'

const declare = (settings: Settings) => queueDeclaration('q', parsed(queueSettings, settings, 'queue'))

describe('the declaration of a queue', () => {
  test('with default settings is that of a plain client: nothing but its name', () => {
    expect(declare({})).toEqual({ durable: false, arguments: {}, deadLetters: false })
  })

  test('has an argument for each setting', () => {
    const all = { messageTtlMs: 5, maxLength: 6, overflow: 'reject-publish', maxPriority: 7 }
    const settings = { ...all, durable: true, singleActiveConsumer: true, deadLetters: true }
    expect(declare(settings)).toEqual({
      durable: true,
      deadLetters: true,
      arguments: {
        'x-message-ttl': 5,
        'x-max-length': 6,
        'x-overflow': 'reject-publish',
        'x-max-priority': 7,
        'x-single-active-consumer': true,
        'x-dead-letter-exchange': 'q.dead',
      },
    })
  })

  test('of a quorum queue is always durable, and a note says so', () => {
    expect(declare({ type: 'quorum', deliveryLimit: 3 })).toMatchObject({
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
      note: expect.any(String),
    })
    expect(declare({ type: 'quorum', durable: true }).note).toBeUndefined()
  })

  test('of a stream is durable and has its limits', () => {
    expect(streamDeclaration({ maxAgeHours: 2, maxLengthBytes: 10 })).toEqual({
      durable: true,
      deadLetters: false,
      retentionMs: 7_200_000,
      arguments: { 'x-queue-type': 'stream', 'x-max-age': '2h', 'x-max-length-bytes': 10 },
    })
  })

  test('cannot be made from settings that a queue cannot have', () => {
    expect(() => declare({ maxLength: -1 })).toThrow('RabbitMQ queue')
  })
})
