import { Redis } from 'ioredis'
import { countArrivals } from './arrivals.ts'
import { type BareClient, windowed } from './bare-client.ts'
import { eventHeaders } from './same-message.ts'

const CONSUMERS = 2
/** As the dashboard's workers: at most ten in hand. */
const PREFETCH = 10
/** As the dashboard's readers, who have nothing to settle: as much as there is, within reason. */
const READ_MAX = 500
const BLOCK_MS = 1_000
const GROUP = 'workers'
const METADATA = Object.entries(eventHeaders('ce_')).flat()

type Entries = Array<[stream: string, entries: Array<[id: string, fields: string[]]>]> | null

/** XADD, and two consumers: of one group, acknowledging each entry (`queue`), or each reading by itself (`log`). */
export async function bareRedisStream(url: string, mode: 'queue' | 'log'): Promise<BareClient> {
  const key = `bench-stream-${mode}-${process.pid}`
  const publishing = new Redis(url, { maxRetriesPerRequest: 0 })
  const consumers = Array.from({ length: CONSUMERS }, () => new Redis(url, { protocol: 2 }))
  const arrivals = countArrivals(mode === 'queue' ? 1 : CONSUMERS)
  let closing = false
  if (mode === 'queue') await publishing.xgroup('CREATE', key, GROUP, '$', 'MKSTREAM')

  const work = async (redis: Redis, name: string) => {
    while (!closing) {
      const args = ['GROUP', GROUP, name, 'COUNT', PREFETCH, 'BLOCK', BLOCK_MS, 'STREAMS', key, '>']
      const got = (await redis.call('XREADGROUP', ...args)) as Entries
      for (const [id] of got?.[0]?.[1] ?? []) {
        arrivals.one()
        void redis.xack(key, GROUP, id)
      }
    }
  }
  const read = async (redis: Redis) => {
    let from = '$'
    while (!closing) {
      const got = (await redis.call(
        ...(['XREAD', 'COUNT', READ_MAX, 'BLOCK', BLOCK_MS, 'STREAMS', key, from] as const),
      )) as Entries
      for (const [id] of got?.[0]?.[1] ?? []) {
        arrivals.one()
        from = id
      }
    }
  }
  const loops = consumers.map((redis, index) =>
    mode === 'queue' ? work(redis, `worker-${index + 1}`) : read(redis),
  )
  const publish = (body: Buffer) => publishing.call('XADD', key, '*', 'body', body, ...METADATA)
  return {
    roundTrip: () => arrivals.first(() => publish(Buffer.from('how long does this take?'))),
    sustain: (count, size, window) => {
      const body = Buffer.alloc(size, 'x')
      return arrivals.rate(count, () => windowed(count, window, () => publish(body)))
    },
    close: async () => {
      closing = true
      await Promise.all(loops)
      await publishing.del(key)
      await Promise.all([publishing, ...consumers].map((client) => client.quit()))
    },
  }
}
