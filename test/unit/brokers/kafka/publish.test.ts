import type { Message } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { Receipt } from '#lib/brokers/contract.ts'
import type { Destinations } from '#lib/brokers/kafka/destinations.ts'
import type { Producers } from '#lib/brokers/kafka/producers.ts'
import { TopicPublisher } from '#lib/brokers/kafka/publish.ts'
import { BATCH_HEAD_BYTES, encodeRecord, type RecordToEncode } from '#lib/brokers/kafka/record-format.ts'

const TOO_LARGE = 10
const INVALID_RECORD = 87
const TYPES = { [TOO_LARGE]: 'MESSAGE_TOO_LARGE', [INVALID_RECORD]: 'INVALID_RECORD' }

/** How a broker counts a batch, and what it answers for each partition, as `kafkajs-patches.ts` keeps it. */
function broker(rules: {
  maxBytes: number
  reported?: number
  partitions?: number
  isInvalid?(one: Message): boolean
}) {
  const { maxBytes, reported = maxBytes, partitions = 1, isInvalid = () => false } = rules
  const requests: Message[][] = []
  const ends = new Map<number, number>()
  const answer = (partition: number, messages: Message[]) => {
    const size = messages.reduce(
      (sum, message, offsetDelta) =>
        sum + (encodeRecord({ offsetDelta, ...(message as RecordToEncode) })?.length ?? 0),
      BATCH_HEAD_BYTES,
    )
    const errorCode = messages.some(isInvalid) ? INVALID_RECORD : size > maxBytes ? TOO_LARGE : 0
    const end = ends.get(partition) ?? 0
    if (errorCode === 0) ends.set(partition, end + messages.length)
    return { partition, errorCode, baseOffset: errorCode === 0 ? String(end) : '-1' }
  }
  const producer = {
    hasReceipts: true,
    retire: () => undefined,
    send: async (topicName: string, messages: Message[]) => {
      requests.push(messages)
      const touched = new Set(messages.map(({ partition = 0 }) => partition))
      const results = [...touched].map((partition) =>
        answer(
          partition,
          messages.filter((message) => message.partition === partition),
        ),
      )
      const failed = results.find(({ errorCode }) => errorCode !== 0)
      if (!failed) return results.map((result) => ({ topicName, ...result }))
      const type = failed.errorCode === TOO_LARGE ? TYPES[TOO_LARGE] : TYPES[INVALID_RECORD]
      throw Object.assign(new Error('the request was refused'), {
        type,
        produced: [{ topicName, partitions: results }],
      })
    },
  }
  const destinations = {
    get: () => undefined,
    forgetCachedMetadata: () => undefined,
    partitions: async () => partitions,
    maxBatchBytes: async () => reported,
  } as unknown as Destinations
  const producers = { get: async () => producer } as unknown as Producers
  const publisher = new TopicPublisher({ topic: 't', source: 'here', producers, destinations })
  const publish = (text: string, more: { key?: string } = {}): Promise<Receipt> =>
    publisher.publish({ messageId: 'id', body: Buffer.from(text), sentAt: 0, ...more })
  return { publish, requests, ends }
}

const outcomes = (receipts: Receipt[]) => receipts.map(({ outcome }) => outcome)
const places = (receipts: Receipt[]) =>
  receipts.map((one) => one.outcome === 'published' && one.address?.kind === 'offset' && one.address.offset)

describe('a topic’s batches', () => {
  it('are filled up to the topic’s own limit, so that none is refused', async () => {
    const { publish, requests } = broker({ maxBytes: 2_000 })
    const receipts = await Promise.all(Array.from({ length: 500 }, () => publish('x'.repeat(200))))
    expect(new Set(outcomes(receipts))).toEqual(new Set(['published']))
    expect(places(receipts)).toEqual(Array.from({ length: 500 }, (_, index) => String(index)))
    // Filled: with 200 bytes of text and some 130 of headers, at least four go together.
    expect(requests.length).toBeLessThanOrEqual(125)
  })

  it('count bytes, not characters', async () => {
    const { publish } = broker({ maxBytes: 2_000 })
    const receipts = await Promise.all(Array.from({ length: 50 }, () => publish('🙂'.repeat(60))))
    expect(new Set(outcomes(receipts))).toEqual(new Set(['published']))
  })

  it('are split where the limit became smaller meanwhile, so that only what is itself too large is refused', async () => {
    const { publish } = broker({ maxBytes: 2_000, reported: 1_000_000 })
    const texts = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index === 17 ? 4_000 : 100))
    const receipts = await Promise.all(texts.map((text) => publish(text)))
    expect(outcomes(receipts).filter((outcome) => outcome === 'refused')).toHaveLength(1)
    expect(receipts[17]).toMatchObject({ outcome: 'refused', evidence: 'broker' })
    const offsets = places(receipts).filter((place) => place !== false)
    expect(offsets).toEqual(Array.from({ length: 39 }, (_, index) => String(index)))
  })

  it('are split where the topic takes one of their records not at all', async () => {
    const { publish } = broker({ maxBytes: 1_000_000, isInvalid: ({ key }) => key === null })
    const receipts = await Promise.all([publish('a', { key: 'k' }), publish('b'), publish('c', { key: 'k' })])
    expect(outcomes(receipts)).toEqual(['published', 'refused', 'published'])
  })

  it('have a receipt for each partition, whatever became of the others', async () => {
    const { publish } = broker({ maxBytes: 1_000, reported: 1_000_000, partitions: 2 })
    const receipts = await Promise.all([publish('small'), publish('x'.repeat(3_000)), publish('small too')])
    expect(outcomes(receipts)).toEqual(['published', 'refused', 'published'])
    expect(places(receipts)).toEqual(['0', false, '1'])
  })
})
