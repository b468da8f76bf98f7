import { connect } from 'amqplib'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'
import { PROPERTIES } from './same-message.ts'

/** As the dashboard's readers of a stream: credit for a hundred records, given back by acks. */
const PREFETCH = 100
const READERS = 2

export async function bareStream(url: string): Promise<BareClient> {
  const stream = `bench-stream-${process.pid}`
  const connections = await Promise.all(
    Array.from({ length: READERS + 1 }, () => connect(url, { noDelay: true })),
  )
  const [publishing, ...consuming] = connections
  if (!publishing) throw new Error('no connection')
  const channel = await publishing.createConfirmChannel()
  await channel.assertQueue(stream, { durable: true, arguments: { 'x-queue-type': 'stream' } })
  const arrivals = countArrivals(READERS)
  for (const connection of consuming) {
    const reader = await connection.createChannel()
    await reader.prefetch(PREFETCH)
    await reader.consume(
      stream,
      (message) => {
        if (!message) return
        arrivals.one()
        reader.ack(message)
      },
      { arguments: { 'x-stream-offset': 'next' } },
    )
  }
  const publish = (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      channel.sendToQueue(stream, body, { ...PROPERTIES, deliveryMode: 2 }, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  return {
    roundTrip: () => arrivals.first(() => publish(Buffer.from('how long does this take?'))),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      return arrivals.rate(count, () => windowed(count, window, () => publish(body)))
    },
    close: async () => {
      await channel.deleteQueue(stream)
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
}
