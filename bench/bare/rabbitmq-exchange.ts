import { connect } from 'amqplib'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'
import { PROPERTIES } from './same-message.ts'

/** As the dashboard's subscribers: a queue of their own bound to the exchange, prefetch 10, acknowledged by hand. */
const PREFETCH = 10
const SUBSCRIBERS = 2

export async function bareExchange(url: string): Promise<BareClient> {
  const exchange = `bench-exchange-${process.pid}`
  const connections = await Promise.all(
    Array.from({ length: SUBSCRIBERS + 1 }, () => connect(url, { noDelay: true })),
  )
  const [publishing, ...consuming] = connections
  if (!publishing) throw new Error('no connection')
  const channel = await publishing.createConfirmChannel()
  await channel.assertExchange(exchange, 'fanout', { durable: false })
  const arrivals = countArrivals(SUBSCRIBERS)
  for (const connection of consuming) {
    const subscriber = await connection.createChannel()
    const { queue } = await subscriber.assertQueue('', { exclusive: true, autoDelete: true, durable: false })
    await subscriber.bindQueue(queue, exchange, '')
    await subscriber.prefetch(PREFETCH)
    await subscriber.consume(queue, (message) => {
      if (!message) return
      arrivals.one()
      subscriber.ack(message)
    })
  }
  const publish = (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      channel.publish(exchange, '', body, PROPERTIES, (error) => (error ? reject(error) : resolve()))
    })
  return {
    roundTrip: () => arrivals.first(() => publish(Buffer.from('how long does this take?'))),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      return arrivals.rate(count, () => windowed(count, window, () => publish(body)))
    },
    close: async () => {
      await channel.deleteExchange(exchange)
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
}
