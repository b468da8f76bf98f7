import { connect } from 'amqplib'
import { Kafka, logLevel } from 'kafkajs'
import type { Snippet, SnippetContext } from '#lib/brokers/contract.ts'
import {
  fanoutSnippets as topicFanout,
  logSnippets as topicLog,
  queueSnippets as topicQueue,
} from '#lib/brokers/kafka/snippets.ts'
import {
  fanoutSnippets as exchange,
  queueSnippets as rabbitQueue,
  logSnippets as rabbitStream,
} from '#lib/brokers/rabbitmq/snippets/index.ts'
import {
  fanoutSnippets as channel,
  queueSnippets as redisQueue,
  logSnippets as redisStream,
} from '#lib/brokers/redis/snippets.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { testBrokers } from './brokers.ts'

/** One kind of destination on one system, as snippets are written for it. */
export interface SnippetCell {
  name: string
  system: 'rabbitmq' | 'redis' | 'kafka'
  snippets: (place: SnippetContext) => readonly Snippet[]
  settings: Settings
  consumerSettings: Settings
  key?: string
  /** Makes the destination as anybody outside would. */
  make(address: string): Promise<void>
}

async function withChannel(
  work: (channel: Awaited<ReturnType<Connection['createChannel']>>) => Promise<unknown>,
) {
  const connection = await connect(testBrokers().rabbitmq.url)
  await work(await connection.createChannel())
  await connection.close()
}
type Connection = Awaited<ReturnType<typeof connect>>

const queue = (options: object) => (address: string) =>
  withChannel((one) => one.assertQueue(address, { durable: false, ...options }))
const anExchange = (kind: string) => (address: string) =>
  withChannel((one) => one.assertExchange(address, kind, { durable: false, autoDelete: false }))

async function topic(address: string): Promise<void> {
  const admin = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: address, numPartitions: 2 }], waitForLeaders: true })
  await admin.disconnect()
}

/** Redis makes what is written to. */
const nothing = () => Promise.resolve()
const plain = { settings: {}, consumerSettings: {} }

export const CELLS: readonly SnippetCell[] = [
  { name: 'RabbitMQ queue', system: 'rabbitmq', snippets: rabbitQueue, ...plain, make: queue({}) },
  {
    name: 'RabbitMQ quorum queue with dead letters',
    system: 'rabbitmq',
    snippets: rabbitQueue,
    settings: { type: 'quorum', deadLetters: true, maxLength: 100, deliveryLimit: 5 },
    consumerSettings: { prefetch: 3 },
    make: nothingButDeclared,
  },
  {
    name: 'RabbitMQ fan-out exchange',
    system: 'rabbitmq',
    snippets: exchange,
    ...plain,
    make: anExchange('fanout'),
  },
  {
    name: 'RabbitMQ topic exchange',
    system: 'rabbitmq',
    snippets: exchange,
    settings: { exchange: 'topic' },
    consumerSettings: { bindingKey: 'eu.#' },
    key: 'eu.berlin',
    make: anExchange('topic'),
  },
  {
    name: 'RabbitMQ stream',
    system: 'rabbitmq',
    snippets: rabbitStream,
    settings: {},
    consumerSettings: { from: 'first' },
    make: queue({ durable: true, arguments: { 'x-queue-type': 'stream' } }),
  },
  { name: 'Redis channel', system: 'redis', snippets: channel, ...plain, make: nothing },
  {
    name: 'Redis pattern of channels',
    system: 'redis',
    snippets: channel,
    settings: {},
    consumerSettings: { listensTo: 'pattern', pattern: '.ne?s' },
    key: 'news',
    make: nothing,
  },
  { name: 'Redis stream with a group', system: 'redis', snippets: redisQueue, ...plain, make: nothing },
  {
    name: 'Redis list',
    system: 'redis',
    snippets: redisQueue,
    settings: { kind: 'list' },
    consumerSettings: {},
    make: nothing,
  },
  { name: 'Redis stream as a log', system: 'redis', snippets: redisStream, ...plain, make: nothing },
  {
    name: 'Kafka topic as a log',
    system: 'kafka',
    snippets: topicLog,
    ...plain,

    key: 'k"1',
    make: topic,
  },
  { name: 'Kafka topic as a queue', system: 'kafka', snippets: topicQueue, ...plain, make: topic },
  { name: 'Kafka topic as fan-out', system: 'kafka', snippets: topicFanout, ...plain, make: topic },
]

/** The queue's own snippets declare it; producers only send to it, so it is made the same way first. */
async function nothingButDeclared(address: string): Promise<void> {
  await withChannel((one) =>
    one.assertQueue(address, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-max-length': 100,
        'x-delivery-limit': 5,
        'x-dead-letter-exchange': `${address}.dead`,
      },
    }),
  )
}
