import { describe, expect, test } from 'vitest'
import { createCopies } from '#lib/brokers/rabbitmq/copies.ts'
import { deathOf } from '#lib/brokers/rabbitmq/death.ts'
import { propertiesOf } from '#lib/brokers/rabbitmq/metadata.ts'
import { inPlainWords } from '#lib/brokers/rabbitmq/plain-words.ts'
import { planQueue, planStream } from '#lib/brokers/rabbitmq/plan.ts'
import { createPresence } from '#lib/brokers/rabbitmq/presence.ts'
import type { Settings } from '#lib/protocol/room.ts'

const spec = (settings: Settings) => ({ address: 'q', mode: 'queue' as const, settings, owned: true })

describe('how a queue is asked for', () => {
  test('with default settings as a plain client would: nothing but its name', () => {
    expect(planQueue(spec({}))).toEqual({ durable: false, arguments: {}, deadLetters: false })
  })

  test('with every setting as the broker knows it', () => {
    const all = { messageTtlMs: 5, maxLength: 6, overflow: 'reject-publish', maxPriority: 7 }
    const settings = { ...all, durable: true, singleActiveConsumer: true, deadLetters: true }
    expect(planQueue(spec(settings))).toEqual({
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

  test('of type quorum durable in any case, which is noted', () => {
    expect(planQueue(spec({ type: 'quorum', deliveryLimit: 3 }))).toMatchObject({
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
      note: expect.any(String),
    })
    expect(planQueue(spec({ type: 'quorum', durable: true })).note).toBeUndefined()
  })

  test('as a stream durable, with its limits', () => {
    expect(planStream(spec({ maxAgeHours: 2, maxLengthBytes: 10 }))).toEqual({
      durable: true,
      deadLetters: false,
      arguments: { 'x-queue-type': 'stream', 'x-max-age': '2h', 'x-max-length-bytes': 10 },
    })
  })

  test('with a value that it cannot have is refused', () => {
    expect(() => planQueue(spec({ maxLength: -1 }))).toThrow('RabbitMQ queue')
  })
})

describe('what a message was given', () => {
  const message = { messageId: 'm', body: Buffer.from('x'), sentAt: 1 }

  test('by default is mandatory, without priority or expiry', () => {
    const { mandatory, priority, expiration } = propertiesOf(message, 'here', false)
    expect([mandatory, priority, expiration]).toEqual([true, undefined, undefined])
  })

  test('goes into its properties, and persistence can be chosen against the queue', () => {
    const settings = { priority: 9, ttlMs: 50, mandatory: false, persistent: 'transient' }
    expect(propertiesOf({ ...message, settings }, 'here', true)).toMatchObject({
      mandatory: false,
      priority: 9,
      expiration: 50,
      deliveryMode: 1,
    })
    const persistent = { ...message, settings: { persistent: 'persistent' } }
    expect(propertiesOf(persistent, 'here', false).deliveryMode).toBe(2)
  })
})

describe('why a message is dead', () => {
  const dead = (reason: string) => ({ headers: { 'x-death': [{ reason, count: 1, queue: 'q' }] } })

  test('is read from the latest record; attempts are known by the limit alone', () => {
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

describe('a refused declaration in plain words', () => {
  test.each([
    [
      `PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'jobs' in vhost '/': received 'false' but current is 'true'`,
      'the queue "jobs" exists already and was made otherwise: its durable is true, and false was asked for (406)',
    ],
    [
      `406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'jobs' in vhost '/': received the value '5' of type 'byte' but current is none"`,
      'the queue "jobs" exists already and was made otherwise: its x-max-length is not set, and 5 was asked for (406)',
    ],
    [
      `PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'jobs' in vhost '/' of queue type rabbit_quorum_queue`,
      'the queue "jobs" can\'t be made so: a quorum queue has no x-max-priority (406)',
    ],
  ])('%s', (said, words) => {
    expect(inPlainWords(said)).toBe(words)
  })

  test('leaves other words alone', () => {
    expect(inPlainWords('ACCESS_REFUSED - no')).toBeNull()
  })
})

describe('copies of one message without an id', () => {
  test('have one name at all subscribers, nth for nth; who came later is not taken for an earlier one', () => {
    let clock = 1
    const copies = createCopies(() => clock)
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

describe('consumers of our own at a queue', () => {
  test('are counted for a moment longer than they are there, as the broker may', () => {
    let clock = 0
    const presence = createPresence(() => clock)
    const gone = presence.enter('q')
    presence.enter('q')
    expect([presence.at('q'), presence.at('other')]).toEqual([2, 0])
    gone()
    expect(presence.at('q')).toBe(2)
    clock = 5_000
    expect(presence.at('q')).toBe(1)
  })
})
