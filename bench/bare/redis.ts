import { Redis } from 'ioredis'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'

const SUBSCRIBERS = 2

export async function bareRedis(url: string): Promise<BareClient> {
  const channel = `bench-bare-${process.pid}`
  const publishing = new Redis(url, { maxRetriesPerRequest: 0, enableOfflineQueue: true })
  const subscribers = Array.from({ length: SUBSCRIBERS }, () => new Redis(url))
  const arrivals = countArrivals(SUBSCRIBERS)
  for (const subscriber of subscribers) {
    await subscriber.subscribe(channel)
    subscriber.on('messageBuffer', arrivals.one)
  }
  return {
    roundTrip: () => arrivals.first(() => publishing.publish(channel, 'how long does this take?')),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      return arrivals.rate(count, () => windowed(count, window, () => publishing.publish(channel, body)))
    },
    close: async () => {
      await Promise.all([publishing, ...subscribers].map((client) => client.quit()))
    },
  }
}
