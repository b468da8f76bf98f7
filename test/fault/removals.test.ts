import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { type OwnBroker, startOwnBroker } from '#test/support/start-brokers.ts'
import { until } from '#test/support/until.ts'

/** What a room forgets when a broker that is away, or that refuses, is asked to remove something: nothing. */

const TEST_TIMEOUT_MS = 120_000

const attachedIn = ({ consumers }: RoomSnapshot, destination: string) =>
  consumers.filter((one) => one.destination === destination && one.state === 'attached').length

describe('on Redis', () => {
  let broker: OwnBroker
  let app: TestApp
  let admin: Redis
  let room: string
  beforeAll(async () => {
    broker = await startOwnBroker('redis')
  }, TEST_TIMEOUT_MS)
  afterAll(() => broker.close())
  beforeEach(async () => {
    await broker.start()
    admin = new Redis(broker.url, { retryStrategy: () => 50 })
    admin.on('error', () => undefined)
    app = await startApp({ brokers: { redis: { url: broker.url } } })
    room = await app.room()
    await app.request('POST', `/api/rooms/${room}/destinations`, {
      system: 'redis',
      mode: 'queue',
      name: 'jobs',
    })
    for (const name of ['a', 'b']) await addWorker(name)
  })
  afterEach(async () => {
    await app.close()
    admin.disconnect()
  })

  const addWorker = async (name: string) => {
    const body = { system: 'redis', destination: 'jobs', name }
    const { status } = await app.request('POST', `/api/rooms/${room}/consumers`, body)
    return status
  }
  const remove = async () =>
    (await app.request('DELETE', `/api/rooms/${room}/destinations/redis:jobs`)).status
  const workersThere = async () => attachedIn(await app.snapshot(room), 'jobs')

  test(
    'a removal that Redis cannot be asked for leaves the destination and its workers, also over a socket',
    async () => {
      const socket = await app.connect()
      await socket.join(room)
      await broker.kill9()
      await until('the loss', async () => (await app.rooms.health()).brokers['redis']?.status !== 'up')
      expect(await remove()).toBe(503)
      expect(await socket.command('destination:remove', { destination: 'redis:jobs' })).toMatchObject({
        ok: false,
        code: 'broker-down',
      })
      const { destinations, consumers } = await app.snapshot(room)
      expect(destinations.map(({ name }) => name)).toContain('jobs')
      expect(consumers.filter(({ destination }) => destination === 'jobs')).toHaveLength(2)
      await broker.start()
      await until('the workers to be back', async () => (await workersThere()) === 2)
      // The workers' connections and the driver's come back each in their own time.
      await until('Redis to be up', async () => (await app.rooms.health()).brokers['redis']?.status === 'up')
      expect(await remove()).toBe(204)
      expect(await admin.keys('*jobs*')).toEqual([])
    },
    TEST_TIMEOUT_MS,
  )

  test(
    'a removal that Redis refuses leaves the destination and its workers, and new ones attach, before and after DEL is permitted',
    async () => {
      await admin.call('ACL', 'SETUSER', 'default', '-del')
      expect(await remove()).toBe(422)
      await until('the workers to be back', async () => (await workersThere()) === 2)
      expect(await addWorker('c')).toBe(201)
      await admin.call('ACL', 'SETUSER', 'default', '+del')
      expect(await addWorker('d')).toBe(201)
      expect(await remove()).toBe(204)
      expect(await admin.keys('*jobs*')).toEqual([])
    },
    TEST_TIMEOUT_MS,
  )
})

describe('on RabbitMQ', () => {
  let broker: OwnBroker
  let app: TestApp
  beforeAll(async () => {
    broker = await startOwnBroker('rabbitmq')
    const { url, managementUrl = '' } = broker
    app = await startApp({ brokers: { rabbitmq: { url, managementUrl } } })
  }, TEST_TIMEOUT_MS)
  afterAll(async () => {
    await app.close()
    await broker.close()
  })

  const durable = { durable: true }
  const isThere = async (queue: string): Promise<boolean> => {
    const model = await connect(broker.url)
    try {
      const channel = await model.createChannel()
      channel.on('error', () => undefined)
      return await channel.checkQueue(queue).then(
        () => true,
        () => false,
      )
    } finally {
      await model.close()
    }
  }
  const addJobs = (room: string) => {
    const jobs = { system: 'rabbitmq', mode: 'queue', name: 'jobs', settings: durable }
    return app.request('POST', `/api/rooms/${room}/destinations`, jobs)
  }

  test(
    'rooms that are removed while it is away lose their queues once it is back; one that was made again keeps its own',
    async () => {
      const rooms = Array.from({ length: 6 }, (_, index) => `gone-${index}`)
      for (const room of rooms) {
        await app.request('PUT', `/api/rooms/${room}`)
        expect((await addJobs(room)).status).toBe(201)
      }
      await broker.stop()
      await until('the loss', async () => (await app.rooms.health()).brokers['rabbitmq']?.status !== 'up')
      for (const room of rooms) {
        expect((await app.request('DELETE', `/api/rooms/${room}`)).status).toBe(204)
      }
      await app.request('PUT', `/api/rooms/${rooms[0]}`)
      await broker.start()
      await until(
        'the room that was made again',
        async () => attachedIn(await app.snapshot(String(rooms[0])), 'mailbox') === 2,
      )
      await until('all queues of the others to be gone', async () => {
        const left = rooms.slice(1).flatMap((room) => [`sb.${room}.jobs`, `sb.${room}.mailbox`])
        return !(await Promise.all(left.map(isThere))).includes(true)
      })
      await until('the queue that it had before', async () => !(await isThere('sb.gone-0.jobs')))
      expect(await isThere('sb.gone-0.mailbox')).toBe(true)
      expect((await addJobs('gone-0')).status).toBe(201)
      expect(await isThere('sb.gone-0.jobs')).toBe(true)
    },
    TEST_TIMEOUT_MS,
  )
})
