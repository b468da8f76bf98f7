import { connect as connectTcp } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'
import { CONTENT_TYPE, eventHeaders } from './same-message.ts'

/** Who reads, as the dashboard's consumers do in each mode: groups, and how many readers each has. */
const KAFKA_READERS = {
  /** Group analytics of two, group audit of one. */
  log: [2, 1],
  queue: [2],
  fanout: [1, 1],
} as const
/** As the dashboard's: short fetch waits. */
const MAX_WAIT_MS = 100
/** Records sent together when many are waiting. */
const BATCH = 500

const socketFactory = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) => {
  const socket = connectTcp({ host, port }, onConnect)
  socket.setNoDelay(true)
  return socket
}

const HEADERS = { ...eventHeaders('ce_'), 'content-type': CONTENT_TYPE }
const messageOf = (value: Buffer | string) => ({ value, headers: HEADERS })

export async function bareKafka(brokers: string, mode: keyof typeof KAFKA_READERS): Promise<BareClient> {
  const topic = `bench-bare-${mode}-${process.pid}`
  const groups = KAFKA_READERS[mode]
  const client = () => new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, socketFactory })
  const admin = client().admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] })
  const producer = client().producer({ idempotent: true })
  await producer.connect()
  const arrivals = countArrivals(groups.length)
  const consumers = groups.flatMap((readers, group) =>
    Array.from({ length: readers }, () =>
      client().consumer({
        groupId: `${topic}-${group}`,
        maxWaitTimeInMs: MAX_WAIT_MS,
        heartbeatInterval: 500,
      }),
    ),
  )
  const joined = consumers.map(
    (consumer) => new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve())),
  )
  for (const consumer of consumers) {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (let index = 0; index < batch.messages.length; index += 1) arrivals.one()
      },
    })
  }
  await Promise.all(joined)
  return {
    roundTrip: () =>
      arrivals.first(() => producer.send({ topic, messages: [messageOf('how long does this take?')] })),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      const messages = Array.from({ length: BATCH }, () => messageOf(body))
      return arrivals.rate(count, () =>
        windowed(count / BATCH, Math.max(1, window / BATCH), () => producer.send({ topic, messages })),
      )
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()))
      await producer.disconnect()
      await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    },
  }
}
