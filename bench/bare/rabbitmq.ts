import { connect } from 'amqplib'
import { type BareClient, windowed } from './bare-client.ts'

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
  let onArrival: () => void = () => undefined
  for (const connection of consuming) {
    const worker = await connection.createChannel()
    await worker.prefetch(PREFETCH)
    await worker.consume(queue, (message) => {
      if (!message) return
      onArrival()
      worker.ack(message)
    })
  }
  const publish = (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      channel.sendToQueue(queue, body, { mandatory: true, messageId: 'bare' }, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  return {
    roundTrip: () =>
      new Promise((resolve, reject) => {
        const begun = performance.now()
        onArrival = () => resolve(performance.now() - begun)
        publish(Buffer.from('how long does this take?')).catch(reject)
      }),
    sustain: async (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      let arrived = 0
      const begun = performance.now()
      const all = new Promise<void>((resolve) => {
        onArrival = () => {
          arrived += 1
          if (arrived === count) resolve()
        }
      })
      await windowed(count, window, () => publish(body))
      await all
      return (count * 1000) / (performance.now() - begun)
    },
    close: async () => {
      await channel.deleteQueue(queue)
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
}
