import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import type { TestSystem } from '#test/support/start-brokers.ts'
import type { Random } from './random.ts'
import type { Cell, World } from './world.ts'

/** What somebody with rights on the broker does behind the dashboard's back. Rejects where the broker refuses. */
type Deed = (world: World, cell: Cell, random: Random) => Promise<unknown>

const rabbitmq =
  (
    deed: (
      channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
      cell: Cell,
    ) => unknown,
  ): Deed =>
  async ({ brokers }, cell) => {
    const connection = await connect(brokers.rabbitmq.url)
    connection.on('error', () => undefined)
    try {
      const channel = await connection.createChannel()
      channel.on('error', () => undefined)
      await deed(channel, cell)
    } finally {
      await connection.close()
    }
  }

const redis =
  (deed: (client: Redis, cell: Cell, random: Random) => unknown): Deed =>
  async ({ brokers }, cell, random) => {
    const client = new Redis(brokers.redis.url, { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await deed(client, cell, random)
    } finally {
      client.disconnect()
    }
  }

type KafkaAdmin = ReturnType<Kafka['admin']>
const kafka =
  (deed: (admin: KafkaAdmin, cell: Cell) => unknown): Deed =>
  async ({ brokers }, cell) => {
    const client = new Kafka({
      brokers: [brokers.kafka.url],
      retry: { retries: 1 },
      logLevel: logLevel.NOTHING,
    })
    const admin = client.admin()
    try {
      await admin.connect()
      await deed(admin, cell)
    } finally {
      await admin.disconnect()
    }
  }

/** Where log retention would begin in an hour: deletes every record that is there now. */
async function deleteRecords(admin: KafkaAdmin, { address }: Cell) {
  const ends = await admin.fetchTopicOffsets(address)
  await admin.deleteTopicRecords({
    topic: address,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  })
}

const MAX_PARTITIONS = 8
async function addPartition(admin: KafkaAdmin, { address }: Cell) {
  const { topics } = await admin.fetchTopicMetadata({ topics: [address] })
  const count = (topics[0]?.partitions.length ?? 0) + 1
  if (count <= MAX_PARTITIONS) await admin.createPartitions({ topicPartitions: [{ topic: address, count }] })
}

const DEEDS: Record<TestSystem, Record<string, Deed>> = {
  rabbitmq: {
    delete: rabbitmq((channel, { mode, address }) =>
      mode === 'fanout' ? channel.deleteExchange(address) : channel.deleteQueue(address),
    ),
    purge: rabbitmq((channel, { mode, address }) =>
      mode === 'queue' ? channel.purgeQueue(address) : undefined,
    ),
  },
  redis: {
    delete: redis((client, { address }) => client.del(address)),
    trim: redis((client, { mode, address }, random) =>
      mode === 'fanout' ? undefined : client.xtrim(address, 'MAXLEN', random.int(0, 50)),
    ),
    'kill clients': redis((client) => client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
    'delete group': redis((client, { mode, address }) =>
      mode === 'queue' ? client.xgroup('DESTROY', address, 'workers') : undefined,
    ),
  },
  kafka: {
    delete: kafka((admin, { address }) => admin.deleteTopics({ topics: [address] })),
    'delete records': kafka(deleteRecords),
    repartition: kafka(addPartition),
  },
}

/** One deed of an administrator on one cell. Resolves with its name. */
export async function administer(world: World, cell: Cell, random: Random): Promise<string> {
  const deeds = DEEDS[cell.system]
  const name = random.pick(Object.keys(deeds))
  await deeds[name]?.(world, cell, random)
  return `${name} ${cell.name}`
}

/** Ends one broker, with or without warning, and starts it again. Resolves with what was done. */
export async function restartBroker(world: World, system: TestSystem, random: Random): Promise<string> {
  const broker = world.brokers[system]
  const killed = random.chance(0.5)
  if (killed) await broker.kill9()
  else await broker.stop()
  await broker.start()
  return `${killed ? 'kill' : 'restart'} ${system}`
}
