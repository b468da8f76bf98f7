import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import * as z from 'zod'
import { testBrokers } from '#test/support/brokers.ts'

const named = z.array(z.object({ name: z.string() }))

async function rabbitmqNames(): Promise<string[]> {
  const { managementUrl } = testBrokers().rabbitmq
  const { username, password, origin } = new URL(managementUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const ask = async (what: string) => {
    const answer = await fetch(`${origin}/api/${what}/%2F`, { headers: { authorization } })
    return named.parse(await answer.json()).map(({ name }) => `rabbitmq ${what} ${name}`)
  }
  return [...(await ask('queues')), ...(await ask('exchanges'))]
}

async function redisNames(): Promise<string[]> {
  const redis = new Redis(testBrokers().redis.url)
  try {
    const keys = await redis.keys('*')
    const channels = z.array(z.string()).parse(await redis.call('PUBSUB', 'CHANNELS', '*'))
    return [...keys.map((key) => `redis key ${key}`), ...channels.map((name) => `redis channel ${name}`)]
  } finally {
    redis.disconnect()
  }
}

async function kafkaNames(): Promise<string[]> {
  const brokers = testBrokers().kafka.url.split(',')
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { groups } = await admin.listGroups()
    const topics = await admin.listTopics()
    return [
      ...topics.map((topic) => `kafka topic ${topic}`),
      ...groups.map(({ groupId }) => `kafka group ${groupId}`),
    ]
  } finally {
    await admin.disconnect()
  }
}

/** Everything the test brokers hold that bears this text in its name, read by plain clients. */
export async function brokersHold(text: string): Promise<string[]> {
  const all = await Promise.all([rabbitmqNames(), redisNames(), kafkaNames()])
  return all.flat().filter((name) => name.includes(text))
}
