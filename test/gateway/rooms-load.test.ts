import { connect as connectAmqp } from 'amqplib'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Rooms } from '#lib/rooms/contract.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { addressOf, openRoom, SYSTEMS, startRealRooms } from './support/real-rooms.ts'

let rooms: Rooms
let close: () => Promise<void>

beforeAll(async () => {
  ;({ rooms, close } = await startRealRooms())
})
afterAll(() => close())

describe('facts from real brokers', () => {
  it('arrive for every destination, with groups by their bare names', async () => {
    const { room, of } = await openRoom(rooms)
    await until('three facts', () => new Set(of('facts').map(({ system }) => system)).size === 3)
    await until('both groups', () => {
      const facts = of('facts').findLast(({ system }) => system === 'kafka')?.facts
      return (
        facts?.mode === 'log' &&
        facts.groups
          .map(({ group }) => group)
          .sort()
          .join() === 'analytics,audit'
      )
    })
    await until('both subscribers', () => {
      const facts = of('facts').findLast(({ system }) => system === 'redis')?.facts
      return facts?.mode === 'fanout' && facts.subscribers === 2
    })
    expect((await room.snapshot()).destinations.map(({ state }) => state)).toEqual([
      'declared',
      'declared',
      'declared',
    ])
  })
})

describe('load on real brokers', () => {
  it.each(SYSTEMS)(
    'on %s every message gets a receipt and is delivered to every consumer that should get it',
    async (system) => {
      const { room, of } = await openRoom(rooms)
      const count = 2_000
      const copies = { rabbitmq: 1, redis: 2, kafka: 2 }[system]
      await room.startLoad({ system, rate: 0, count, size: 64 })
      await until('the end', async () => (await room.snapshot()).loads[0]?.state === 'done', {
        timeoutMs: 60_000,
      })
      expect((await room.snapshot()).loads[0]).toMatchObject({ sent: count, confirmed: count, failed: 0 })
      await until('every arrival', () => of('delivered').length >= count * copies, { timeoutMs: 60_000 })
      expect(of('delivered')).toHaveLength(count * copies)
      expect(of('delivered').every(({ latencyMs }) => latencyMs !== null)).toBe(true)
    },
  )
})

describe('load into a sleeping room', () => {
  it('begins when its consumers are attached, so that no message is unheard', async () => {
    const { room, of, stopWatching } = await openRoom(rooms)
    stopWatching()
    const asleep = async () => (await room.snapshot()).consumers.every(({ state }) => state === 'detached')
    await until('everybody to have let go', asleep)
    const count = 200
    await room.startLoad({ system: 'redis', rate: 0, count, size: 64 })
    await until('every copy', () => of('delivered').length === count * 2)
    expect(of('unheard')).toEqual([])
  })
})

describe('removing a room from real brokers', () => {
  it('removes its queue, its topic and its groups', async () => {
    const name = uniqueName('gone').toLowerCase()
    const { room } = await rooms.create(name)
    await room.awake()
    const [queue, topic] = [await addressOf(room, 'rabbitmq'), await addressOf(room, 'kafka')]
    await rooms.remove(name)
    const amqp = await connectAmqp(testBrokers().rabbitmq.url)
    onTestFinished(() => amqp.close())
    const channel = await amqp.createChannel()
    channel.on('error', () => undefined)
    await expect(channel.checkQueue(queue)).rejects.toThrow('NOT_FOUND')
    const admin = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    await until('no topic', async () => !(await admin.listTopics()).includes(topic))
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
    expect(groups.filter((group) => group.startsWith(`sb.${name}.`))).toEqual([])
  })
})
