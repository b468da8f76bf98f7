import { Redis } from 'ioredis'
import { type BareClient, windowed } from './bare-client.ts'

const SUBSCRIBERS = 2

export async function bareRedis(url: string): Promise<BareClient> {
  const channel = `bench-bare-${process.pid}`
  const publishing = new Redis(url, { maxRetriesPerRequest: 0, enableOfflineQueue: true })
  const subscribers = Array.from({ length: SUBSCRIBERS }, () => new Redis(url))
  let onArrival: () => void = () => undefined
  for (const subscriber of subscribers) {
    await subscriber.subscribe(channel)
    subscriber.on('messageBuffer', () => onArrival())
  }
  return {
    roundTrip: () =>
      new Promise((resolve, reject) => {
        const begun = performance.now()
        let copies = 0
        let first = 0
        onArrival = () => {
          copies += 1
          if (copies === 1) first = performance.now() - begun
          if (copies === SUBSCRIBERS) resolve(first)
        }
        publishing.publish(channel, 'how long does this take?').catch(reject)
      }),
    sustain: async (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      let arrived = 0
      const begun = performance.now()
      const all = new Promise<void>((resolve) => {
        onArrival = () => {
          arrived += 1
          if (arrived === count * SUBSCRIBERS) resolve()
        }
      })
      await windowed(count, window, () => publishing.publish(channel, body))
      await all
      return (count * 1000) / (performance.now() - begun)
    },
    close: async () => {
      await Promise.all([publishing, ...subscribers].map((client) => client.quit()))
    },
  }
}
