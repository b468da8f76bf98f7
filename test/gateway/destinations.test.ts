import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventOf } from '#lib/protocol/events.ts'
import type { Destination, RoomSnapshot } from '#lib/protocol/room.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

let app: TestApp
let room: string
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
})
afterAll(() => app.close())

const path = (...parts: string[]) => `/api/rooms/${room}/${parts.map(encodeURIComponent).join('/')}`
const post = (system: string, mode: string, name: string) =>
  app.request('POST', path('destinations'), { system, mode, name, settings: {} })
const remove = (id: string) => app.request('DELETE', path('destinations', id))
const snapshot = async (): Promise<RoomSnapshot> => (await app.request('GET', `/api/rooms/${room}`)).json()
const found = async (name: string): Promise<Destination | undefined> =>
  (await snapshot()).destinations.find((one) => one.name === name)

async function withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const brokers = testBrokers().kafka.url.split(',')
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

describe('one queue per destination', () => {
  test('a topic whose removal is asked for while it is being made is made, and then removed from room and broker', async () => {
    for (let round = 0; round < 4; round++) {
      const name = `brief-${round}`
      const id = `kafka:${name}`
      const making = post('kafka', 'log', name)
      const removed = await until('the removal', async () => {
        const response = await remove(id)
        return response.status !== 404 && response
      })
      expect([(await making).status, removed.status]).toEqual([201, 204])
      expect(await found(name)).toBeUndefined()
      await until('the topic to be gone', async () => {
        const topics = await withAdmin((admin) => admin.listTopics())
        return !topics.some((topic) => topic.endsWith(name))
      })
    }
  })
})

const deletedOutside: Record<string, (address: string) => Promise<void>> = {
  kafka: (address) => withAdmin((admin) => admin.deleteTopics({ topics: [address] })),
  rabbitmq: async (address) => {
    const model = await connect(testBrokers().rabbitmq.url)
    const channel = await model.createChannel()
    await channel.deleteQueue(address)
    await model.close()
  },
  redis: async (address) => {
    const redis = new Redis(testBrokers().redis.url)
    await redis.del(address)
    redis.disconnect()
  },
}

describe('a destination that somebody deleted on the broker', () => {
  test.each(['rabbitmq', 'redis', 'kafka'])(
    'on %s is gone, and is made again with one click',
    async (system) => {
      const name = `doomed-${system}`
      const { id, address } = (await (await post(system, 'queue', name)).json()) as Destination
      const joined = await app.request('POST', path('consumers'), {
        system,
        destination: name,
        name: 'worker',
      })
      expect(joined.status).toBe(201)
      await deletedOutside[system]?.(address)
      const gone = await until('it to be gone', async () => {
        const now = await found(name)
        return now?.state === 'gone' && now
      })
      expect(gone.note).toMatch(/./)
      const again = await app.request('POST', path('destinations', id, 'declare'), {})
      expect(again.status).toBe(200)
      await until('the worker to be back', async () =>
        (await snapshot()).consumers.some((one) => one.destination === name && one.state === 'attached'),
      )
      await app.request('POST', path('messages'), { system, destination: name, text: 'here again' })
      await until('the message', async () =>
        (await app.events(room)).some(
          (event): event is EventOf<'delivered'> => event.kind === 'delivered' && event.destination === name,
        ),
      )
      expect((await remove(id)).status).toBe(204)
    },
  )
})

describe('what other programs made, or a broker keeps for itself', () => {
  const TOPIC_RESOURCE = 2
  const SET_FOR_THE_TOPIC = 1
  const setFor = (topic: string) =>
    withAdmin(async (admin) => {
      const resources = [{ type: TOPIC_RESOURCE, name: topic }]
      const [found] = (await admin.describeConfigs({ includeSynonyms: false, resources })).resources
      const own = found?.configEntries.filter(
        ({ configSource }) => Number(configSource) === SET_FOR_THE_TOPIC,
      )
      return Object.fromEntries((own ?? []).map(({ configName, configValue }) => [configName, configValue]))
    })

  test('a topic is changed only once that is confirmed, over both doors, and then only as named; it stays', async () => {
    const topic = uniqueName('theirs').slice(-30)
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
    await withAdmin((admin) =>
      admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true }),
    )
    const lobby = (...parts: string[]) =>
      `/api/rooms/lobby/destinations/${parts.join('/')}`.replace(/\/$/, '')
    const add = { system: 'kafka', mode: 'log', name: topic, settings: {} }
    const added = await app.request('POST', lobby(), add)
    expect([added.status, await added.json()]).toMatchObject([
      201,
      { existed: true, settings: { partitions: 1, cleanup: 'compact' } },
    ])
    const id = `kafka:${topic}`
    const settings = { retentionMinutes: 5 }
    const refused = await app.request('PATCH', lobby(id), { settings })
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'existed-before' }])
    const socket = await app.connect()
    await socket.join('lobby')
    const update = { destination: id, settings }
    expect(await socket.command('destination:update', update)).toMatchObject({ code: 'existed-before' })
    expect(await setFor(topic)).toEqual({ 'cleanup.policy': 'compact' })
    expect(await socket.command('destination:update', { ...update, confirmed: true })).toMatchObject({
      ok: true,
    })
    expect(await setFor(topic)).toEqual({ 'cleanup.policy': 'compact', 'retention.ms': '300000' })
    expect((await app.request('DELETE', lobby(id))).status).toBe(204)
    expect(await withAdmin((admin) => admin.listTopics())).toContain(topic)
    await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }))
  })

  test.each([
    ['kafka', 'log', '__consumer_offsets'],
    ['rabbitmq', 'fanout', 'amq.topic'],
    ['redis', 'fanout', '__keyevent@0__:set'],
  ] as const)(
    'internals are no destinations of %s, neither by name nor by address, over both doors',
    async (system, mode, address) => {
      const socket = await app.connect()
      await socket.join('lobby')
      const asked = { system, mode, name: 'inside', address, settings: {} }
      const answer = await app.request('POST', '/api/rooms/lobby/destinations', asked)
      expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'invalid' }])
      expect(await socket.command('destination:add', asked)).toMatchObject({ ok: false, code: 'invalid' })
      const named = { system, mode, name: address.slice(0, 18), settings: {} }
      expect(await socket.command('destination:add', named)).toMatchObject({ ok: false, code: 'invalid' })
    },
  )
})
