import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { feed } from '#test/support/outside-programs.ts'
import { oddBody, oddHeaders, type Sent } from './odd-messages.ts'
import type { Random } from './random.ts'
import type { Cell, World } from './world.ts'

/** One message as an outside program writes it. */
export interface OutsideMessage {
  body: Buffer
  headers: Record<string, string>
  id?: string
}

/** Nobody waits long for a broker that an administrator has just restarted. */
const CONNECT_TIMEOUT_MS = 5_000

async function sendToRabbitmq({ brokers }: World, cell: Cell, messages: readonly OutsideMessage[]) {
  const connection = await connect(brokers.rabbitmq.url, { timeout: CONNECT_TIMEOUT_MS })
  connection.on('error', () => undefined)
  try {
    const channel = await connection.createConfirmChannel()
    channel.on('error', () => undefined)
    const [exchange, key] = cell.mode === 'fanout' ? [cell.address, ''] : ['', cell.address]
    for (const { body, headers, id } of messages)
      channel.publish(exchange, key, body, { headers, ...(id === undefined ? {} : { messageId: id }) })
    await channel.waitForConfirms()
  } finally {
    await connection.close()
  }
}

const redisClient = (url: string) =>
  new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
  })

async function sendToRedis({ brokers }: World, cell: Cell, messages: readonly OutsideMessage[]) {
  const redis = redisClient(brokers.redis.url)
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    for (const { body, headers, id } of messages) {
      if (cell.mode === 'fanout') await redis.publish(cell.address, body)
      else
        await redis.xadd(
          ...[cell.address, '*', 'body', body],
          ...Object.entries({ ...headers, ...(id === undefined ? {} : { id }) }).flat(),
        )
    }
  } finally {
    redis.disconnect()
  }
}

const kafkaClient = (url: string) =>
  new Kafka({
    brokers: [url],
    clientId: 'outside',
    connectionTimeout: CONNECT_TIMEOUT_MS,
    retry: { retries: 1 },
    logLevel: logLevel.NOTHING,
  })

async function sendToKafka({ brokers }: World, cell: Cell, messages: readonly OutsideMessage[]) {
  const producer = kafkaClient(brokers.kafka.url).producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  try {
    await producer.connect()
    await producer.send({
      topic: cell.address,
      messages: messages.map(({ body, headers, id }) => ({
        value: body,
        headers: { ...headers, ...(id === undefined ? {} : { ce_id: id }) },
      })),
    })
  } finally {
    await producer.disconnect()
  }
}

const SENDERS = { rabbitmq: sendToRabbitmq, redis: sendToRedis, kafka: sendToKafka }

/** Writes messages with the system's own client; resolves once the broker has them. */
export const sendFromOutside = (
  world: World,
  cell: Cell,
  messages: readonly OutsideMessage[],
): Promise<void> => SENDERS[cell.system](world, cell, messages)

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd', 'none'] as const
const BATCH_MAX_MESSAGES = 12

/** Texts in one batch compressed by librdkafka, in any codec that Kafka has. */
async function sendCompressed(world: World, cell: Cell, random: Random, sent: Sent, label: string) {
  const lines = Array.from({ length: random.int(1, 60) }, (_, n) => `${label} ${n} ${'z'.repeat(n * 7)}`)
  for (const line of lines) sent.remember(Buffer.from(line))
  const { url } = world.brokers.kafka
  await feed(['kcat', '-P', '-b', url, '-z', random.pick(CODECS), '-t', cell.address], lines)
}

/** A few odd messages to one cell, some under an id of ours, some twice. Rejects where the broker is away or refuses. */
export async function sendOddMessages(
  world: World,
  cell: Cell,
  random: Random,
  sent: Sent,
  { label, claimedId }: { label: string; claimedId: string | undefined },
): Promise<void> {
  if (cell.system === 'kafka' && random.chance(0.3)) return sendCompressed(world, cell, random, sent, label)
  const messages: OutsideMessage[] = []
  for (let n = random.int(1, BATCH_MAX_MESSAGES); n > 0; n -= 1) {
    const body = oddBody(random, `${label} ${n}`)
    sent.remember(body)
    const id = claimedId !== undefined && random.chance(0.2) ? claimedId : `odd-${random.int(1, 5)}`
    messages.push({ body, headers: oddHeaders(random, claimedId), ...(random.chance(0.5) ? { id } : {}) })
    if (random.chance(0.1)) messages.push(...messages.slice(-1))
  }
  await sendFromOutside(world, cell, messages)
}
