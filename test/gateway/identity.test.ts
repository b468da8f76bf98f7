import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Rooms } from '#lib/rooms/contract.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { type OpenRoom, openRoom, startRealRooms } from './support/real-rooms.ts'

/** Whose message a delivery is: decided by its id and its body, on every system whose messages carry an id. */

let rooms: Rooms
let close: () => Promise<void>

beforeAll(async () => {
  ;({ rooms, close } = await startRealRooms())
})
afterAll(() => close())

/** Writes a message of another program that bears an id, in the place where our driver writes it. */
type Forge = (address: string, id: string, body: string) => Promise<unknown>

async function onRabbit(): Promise<Forge> {
  const model = await connect(testBrokers().rabbitmq.url)
  onTestFinished(() => model.close())
  const channel = await model.createConfirmChannel()
  return async (address, messageId, body) => {
    channel.sendToQueue(address, Buffer.from(body), { messageId, headers: { cloudEvents_id: messageId } })
    await channel.waitForConfirms()
  }
}

async function onRedis(): Promise<Forge> {
  const redis = new Redis(testBrokers().redis.url)
  onTestFinished(() => redis.disconnect())
  return (address, id, body) => redis.xadd(address, '*', 'ce_id', id, 'body', body)
}

async function onKafka(): Promise<Forge> {
  const kafka = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING })
  const producer = kafka.producer()
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return (topic, id, value) => producer.send({ topic, messages: [{ value, headers: { ce_id: id } }] })
}

const PLACES = [
  ['a RabbitMQ queue', 'rabbitmq', 'queue', onRabbit, {}],
  ['a RabbitMQ stream', 'rabbitmq', 'log', onRabbit, {}],
  ['a Redis stream with a group', 'redis', 'queue', onRedis, {}],
  ['a Redis stream', 'redis', 'log', onRedis, {}],
  ['a Kafka topic', 'kafka', 'log', onKafka, { partitions: 1 }],
] as const

async function readerOf({ room }: OpenRoom, system: string, mode: 'queue' | 'log', settings: object) {
  const made = await room.addDestination({ system, mode, name: 'claims', settings: { ...settings } })
  await room.addConsumer({ system, destination: 'claims', name: 'reader' })
  return made.address
}

describe.each(PLACES)('on %s', (_, system, mode, program, settings) => {
  it('a delivery with our id and another body shows its own text, and is outside', async () => {
    const at = await openRoom(rooms)
    const address = await readerOf(at, system, mode, settings)
    const { id, number } = await at.room.publish({ text: 'ours', to: [{ system, destination: 'claims' }] })
    const forge = await program()
    await forge(address, id, 'theirs')
    const arrivals = () => at.of('delivered').filter(({ destination }) => destination === 'claims')
    await until('both', () => arrivals().length === 2)
    const outside = arrivals().find((event) => event.outside)
    expect(outside).toMatchObject({ text: 'theirs', bearsIdOf: number })
    expect(arrivals().filter(({ messageId }) => messageId === id)).toHaveLength(1)
  })

  it('two deliveries with one id of another program and two bodies are two messages', async () => {
    const at = await openRoom(rooms)
    const address = await readerOf(at, system, mode, settings)
    const forge = await program()
    await forge(address, '1', 'hello')
    await forge(address, '1', 'bye')
    const texts = () =>
      at.of('delivered').flatMap(({ destination, text }) => (destination === 'claims' ? [text] : []))
    await until('both', () => texts().length === 2)
    expect(texts().sort()).toEqual(['bye', 'hello'])
  })
})
