import { connect as connectTcp } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { type BareClient, windowed } from './bare-client.ts'

/** As the dashboard's readers: group analytics of two, group audit of one, short fetch waits. */
const GROUPS = [
  { group: 'analytics', readers: 2 },
  { group: 'audit', readers: 1 },
]
const MAX_WAIT_MS = 100
/** Records sent together when many are waiting. */
const BATCH = 500

const socketFactory = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) => {
  const socket = connectTcp({ host, port }, onConnect)
  socket.setNoDelay(true)
  return socket
}

export async function bareKafka(brokers: string): Promise<BareClient> {
  const topic = `bench-bare-${process.pid}`
  const client = () => new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, socketFactory })
  const admin = client().admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] })
  const producer = client().producer({ idempotent: true })
  await producer.connect()
  let onArrival: () => void = () => undefined
  const consumers = GROUPS.flatMap(({ group, readers }) =>
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
        for (let index = 0; index < batch.messages.length; index += 1) onArrival()
      },
    })
  }
  await Promise.all(joined)
  return {
    roundTrip: () =>
      new Promise((resolve, reject) => {
        const begun = performance.now()
        let copies = 0
        let first = 0
        onArrival = () => {
          copies += 1
          if (copies === 1) first = performance.now() - begun
          if (copies === GROUPS.length) resolve(first)
        }
        producer.send({ topic, messages: [{ value: 'how long does this take?' }] }).catch(reject)
      }),
    sustain: async (count, size, window) => {
      const value = Buffer.alloc(size, 'x')
      const messages = Array.from({ length: BATCH }, () => ({ value }))
      let arrived = 0
      const begun = performance.now()
      const all = new Promise<void>((resolve) => {
        onArrival = () => {
          arrived += 1
          if (arrived === count * GROUPS.length) resolve()
        }
      })
      await windowed(count / BATCH, Math.max(1, window / BATCH), () => producer.send({ topic, messages }))
      await all
      return (count * 1000) / (performance.now() - begun)
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()))
      await producer.disconnect()
      await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    },
  }
}
