import { connect } from 'amqplib'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'
import { PROPERTIES } from './same-message.ts'

/** As the dashboard's workers: prefetch 10, acknowledged by hand, no Nagle delay. */
const PREFETCH = 10
const WORKERS = 2

export async function bareRabbitmq(url: string): Promise<BareClient> {
  const queue = `bench-bare-${process.pid}`
  const connections = await Promise.all(
    Array.from({ length: WORKERS + 1 }, () => connect(url, { noDelay: true })),
  )
  const [publishing, ...consuming] = connections
  if (!publishing) throw new Error('no connection')
  const channel = await publishing.createConfirmChannel()
  await channel.assertQueue(queue, { durable: false, exclusive: false, autoDelete: false })
  const arrivals = countArrivals(1)
  for (const connection of consuming) {
    const worker = await connection.createChannel()
    await worker.prefetch(PREFETCH)
    await worker.consume(queue, (message) => {
      if (!message) return
      arrivals.one()
      worker.ack(message)
    })
  }
  const publish = (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      channel.sendToQueue(queue, body, PROPERTIES, (error) => (error ? reject(error) : resolve()))
    })
  return {
    roundTrip: () => arrivals.first(() => publish(Buffer.from('how long does this take?'))),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      return arrivals.rate(count, () => windowed(count, window, () => publish(body)))
    },
    close: async () => {
      await channel.deleteQueue(queue)
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
}
