import { describe, expect, test } from 'vitest'
import type { StepFacts } from '#lib/brokers/contract.ts'
import { recordFact } from '#lib/brokers/kafka/manifest.ts'
import { exchangeFact, queueFact, streamFact as rabbitStream } from '#lib/brokers/rabbitmq/life-facts.ts'
import { channelFact, streamFact as redisStream } from '#lib/brokers/redis/life-facts.ts'
import type { Address } from '#lib/protocol/address.ts'

const place = { address: 'mailbox', settings: {}, key: null }
const tag: Address = { kind: 'queue', queue: 'mailbox', exchange: '', routingKey: 'mailbox', deliveryTag: 23 }
const entry: Address = { kind: 'entry', stream: 'jobs', id: '17-0' }
const record: Address = { kind: 'offset', topic: 'datascience', partition: 2, offset: '17' }

const delivered = (address: Address, more: object = {}): StepFacts => ({
  step: 'delivered',
  consumer: 'c',
  group: null,
  address,
  attempt: 1,
  redelivered: false,
  ...more,
})
const settled = (
  how: 'acknowledged' | 'committed' | 'requeued' | 'rejected' | 'lost',
  address: Address,
  group: string | null = null,
): StepFacts => ({ step: 'settled', how, consumer: 'c', group, address })
const published = (more: object = {}): StepFacts => ({
  step: 'published',
  heardBy: null,
  address: null,
  ...more,
})

describe('a step of a life in the protocol’s own words', () => {
  test.each<[string | null, string]>([
    [queueFact({ step: 'sent' }, place), 'basic.publish exchange "" key mailbox'],
    [
      exchangeFact({ step: 'sent' }, { address: 'news', settings: {}, key: 'eu' }),
      'basic.publish exchange news key "eu"',
    ],
    [queueFact({ step: 'routed' }, place), '1 queue matched, no basic.return'],
    [queueFact(published(), place), 'basic.ack from the broker'],
    [queueFact(delivered(tag), place), 'delivery_tag 23  redelivered false'],
    [
      queueFact(delivered(tag, { redelivered: true, attempt: 3 }), place),
      'delivery_tag 23  redelivered true  x-delivery-count 2',
    ],
    [queueFact(settled('acknowledged', tag), place), 'basic.ack 23'],
    [queueFact(settled('requeued', tag), place), 'basic.reject 23 requeue true'],
    [queueFact(settled('rejected', tag), place), 'basic.nack 23 requeue false'],
    [queueFact(settled('lost', tag), place), 'connection closed, no basic.ack 23'],
    [rabbitStream(delivered({ ...entry, id: '17' }), place), 'basic.deliver  x-stream-offset 17'],
  ])('RabbitMQ: %s', (said, expected) => expect(said).toBe(expected))

  test.each<[string | null, string]>([
    [channelFact({ step: 'sent' }, { address: 'chatroom', settings: {}, key: null }), 'PUBLISH chatroom'],
    [
      channelFact(published({ heardBy: 2 }), { address: 'chatroom', settings: {}, key: 'eu' }),
      'PUBLISH chatroom.eu → 2',
    ],
    [
      channelFact({ step: 'unheard' }, { address: 'chatroom', settings: {}, key: null }),
      'PUBLISH chatroom → 0',
    ],
    [channelFact(delivered({ kind: 'channel', channel: 'chatroom' }), place), 'message chatroom'],
    [channelFact(delivered({ kind: 'channel', channel: 'a.b', pattern: 'a.*' }), place), 'pmessage a.* a.b'],
    [
      redisStream(published({ address: entry }), { address: 'jobs', settings: {}, key: null }),
      'XADD jobs * → 17-0',
    ],
    [redisStream(delivered(entry), place), 'XREAD jobs 17-0'],
    [redisStream(delivered(entry, { group: 'workers' }), place), 'XREADGROUP workers jobs 17-0'],
    [
      redisStream(delivered(entry, { group: 'workers', redelivered: true }), place),
      'XAUTOCLAIM workers jobs 17-0',
    ],
    [redisStream(settled('acknowledged', entry, 'workers'), place), 'XACK jobs workers 17-0'],
  ])('Redis: %s', (said, expected) => expect(said).toBe(expected))

  test.each<[string | null, string]>([
    [
      recordFact({ step: 'sent' }, { address: 'datascience', settings: {}, key: 'a' }),
      'Produce datascience key "a"',
    ],
    [recordFact(published({ address: record }), place), 'partition 2 offset 17'],
    [recordFact(delivered(record, { group: 'audit' }), place), 'Fetch partition 2 offset 17'],
    [recordFact(settled('committed', record, 'audit'), place), 'OffsetCommit audit partition 2 beyond 17'],
  ])('Kafka: %s', (said, expected) => expect(said).toBe(expected))
})
