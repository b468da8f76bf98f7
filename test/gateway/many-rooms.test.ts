import { connect as connectAmqp } from 'amqplib'
import { Redis } from 'ioredis'
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { EventKind, EventOf } from '#lib/protocol/events.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

/**
 * Twenty rooms whose destinations, consumers, groups and people have the same names, and which all send at once: the brokers
 * themselves, asked by plain clients, and every room's stream say that nothing got from one into another.
 */
const ROOMS = 20
const SENDS = 5
const scene = {
  destinations: [
    { system: 'rabbitmq', mode: 'queue', name: 'mailbox', consumers: [{ name: 'worker-1' }] },
    { system: 'redis', mode: 'fanout', name: 'chatroom', consumers: [{ name: 'subscriber-1' }] },
    {
      ...{ system: 'kafka', mode: 'log', name: 'datascience' },
      consumers: [{ name: 'reader-1', group: 'analytics' }],
    },
  ],
}
const SYSTEMS = ['rabbitmq', 'redis', 'kafka'] as const

interface Hall {
  room: string
  socket: TestSocket
  addresses: Record<(typeof SYSTEMS)[number], string>
}

let app: TestApp
let halls: Hall[]
/** What an outside program heard on every channel of these rooms, as `<channel> <text>`. */
const heardOutside: string[] = []
let listener: Redis

const numbers = Array.from({ length: SENDS }, (_, n) => n)
const textOf = (room: string, n: number) => `${room} says ${n}`
const textsOf = (room: string) => numbers.map((n) => textOf(room, n))
const of = <K extends EventKind>({ socket }: Hall, kind: K) =>
  socket.events.filter((event): event is EventOf<K> => event.kind === kind)

async function openHall(prefix: string, index: number): Promise<Hall> {
  const room = `${prefix}-${index}`
  expect((await app.request('PUT', `/api/rooms/${room}`, { scene })).status).toBe(201)
  const socket = await app.connect()
  const { destinations } = await socket.join(room, { personId: `ada-of-${room}` })
  const address = (system: string) =>
    destinations.find((one) => one.system === system)?.address ?? expect.fail(system)
  const addresses = { rabbitmq: address('rabbitmq'), redis: address('redis'), kafka: address('kafka') }
  return { room, socket, addresses }
}

beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  const prefix = uniqueName('many').toLowerCase()
  halls = await Promise.all(Array.from({ length: ROOMS }, (_, index) => openHall(prefix, index)))
  await until(
    'every consumer of every room to be attached',
    async () => {
      for (const { room } of halls) {
        const { consumers } = await app.snapshot(room)
        if (consumers.length !== 3 || consumers.some(({ state }) => state !== 'attached')) return false
      }
      return true
    },
    { timeoutMs: 60_000, everyMs: 250 },
  )
  listener = new Redis(testBrokers().redis.url)
  listener.on('message', (channel, text) => void heardOutside.push(`${channel} ${text}`))
  await listener.subscribe(...halls.map(({ addresses }) => addresses.redis))
  await Promise.all(halls.map(sendAll))
  for (const hall of halls)
    await until(`all deliveries in ${hall.room}`, () => of(hall, 'delivered').length === SENDS * 3)
}, 120_000)
afterAll(async () => {
  listener?.disconnect()
  for (const { room } of halls ?? []) await app.request('DELETE', `/api/rooms/${room}`)
  await app?.close()
})

async function sendAll({ room, socket }: Hall): Promise<void> {
  const to = SYSTEMS.map((system) => ({ system }))
  const replies = numbers.map((n) => socket.command('message:publish', { to, text: textOf(room, n) }))
  expect((await Promise.all(replies)).filter(({ ok }) => !ok)).toEqual([])
}

describe('of twenty rooms that send at once', () => {
  test('each room’s stream holds events of its own messages, consumers and people, and of no other room’s', () => {
    for (const hall of halls) {
      const { events } = hall.socket
      expect(new Set(events.map(({ room }) => room))).toEqual(new Set([hall.room]))
      const texts = events.flatMap((event) => ('text' in event && 'messageId' in event ? [event.text] : []))
      expect(new Set(texts.filter((text) => text !== undefined))).toEqual(new Set(textsOf(hall.room)))
      for (const system of SYSTEMS) {
        const got = of(hall, 'delivered').filter((event) => event.system === system)
        expect([hall.room, system, got.length, got.filter(({ outside }) => outside).length]).toEqual([
          ...[hall.room, system, SENDS, 0],
        ])
        expect(new Set(got.map(({ messageId }) => messageId)).size).toBe(SENDS)
      }
      const people = of(hall, 'people').flatMap((event) => event.people.map(({ id }) => id))
      expect(new Set(people)).toEqual(new Set(people.length === 0 ? [] : [`ada-of-${hall.room}`]))
      expect(of(hall, 'fault')).toEqual([])
    }
  })

  test('RabbitMQ has a queue of each, with one consumer and nothing left in it, bound to nothing of another', async () => {
    const amqp = await connectAmqp(testBrokers().rabbitmq.url)
    const channel = await amqp.createChannel()
    for (const { addresses } of halls) {
      await until(`an empty ${addresses.rabbitmq}`, async () => {
        const { consumerCount, messageCount } = await channel.checkQueue(addresses.rabbitmq)
        return consumerCount === 1 && messageCount === 0
      })
    }
    await amqp.close()
    const { username, password, origin } = new URL(testBrokers().rabbitmq.managementUrl)
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const answer = await fetch(`${origin}/api/bindings/%2F`, { headers: { authorization } })
    const bindings = z.array(
      z.object({ source: z.string(), destination: z.string(), routing_key: z.string() }),
    )
    const roomOf = (name: string) => halls.find(({ room }) => name.includes(`.${room}.`))?.room
    const crossing = bindings
      .parse(await answer.json())
      .filter(({ source, destination, routing_key: key }) => {
        const from = source === '' ? key : source
        return (roomOf(from) ?? roomOf(destination)) !== undefined && roomOf(from) !== roomOf(destination)
      })
    expect(crossing).toEqual([])
  })

  test('Redis has a channel of each with one subscriber beside ours, which carried that room’s messages alone', async () => {
    const redis = new Redis(testBrokers().redis.url)
    const channels = halls.map(({ addresses }) => addresses.redis)
    const counts = z.array(z.union([z.string(), z.number()])).parse(await redis.pubsub('NUMSUB', ...channels))
    redis.disconnect()
    expect(counts).toEqual(channels.flatMap((channel) => [channel, 2]))
    const expected = halls.flatMap(({ room, addresses }) =>
      textsOf(room).map((text) => `${addresses.redis} ${text}`),
    )
    await until('our own subscriber', () => heardOutside.length >= expected.length)
    expect(heardOutside.toSorted()).toEqual(expected.toSorted())
  })

  test('Kafka has a topic of each with that room’s records alone, read by one group whose members are assigned nothing else', async () => {
    const kafka = new Kafka({ brokers: testBrokers().kafka.url.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const { groups } = await admin.listGroups()
    const ours = groups.flatMap(({ groupId }) =>
      halls
        .filter(({ room }) => groupId.includes(`.${room}.`))
        .map(({ addresses }) => ({ groupId, addresses })),
    )
    expect(ours.map(({ addresses }) => addresses.kafka).toSorted()).toEqual(
      halls.map(({ addresses }) => addresses.kafka).toSorted(),
    )
    const described = await admin.describeGroups(ours.map(({ groupId }) => groupId))
    for (const { groupId, members } of described.groups) {
      const topic = ours.find((one) => one.groupId === groupId)?.addresses.kafka ?? expect.fail(groupId)
      const assigned = members.map(({ memberAssignment }) =>
        Object.keys(AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {}),
      )
      expect([groupId, assigned]).toEqual([groupId, [[topic]]])
    }
    for (const { addresses } of halls) {
      const offsets = await admin.fetchTopicOffsets(addresses.kafka)
      expect(offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)).toBe(SENDS)
    }
    await admin.disconnect()
  })

  test('a crash in one room is an event in that room’s stream only', async () => {
    const [hall, ...others] = halls
    const crashed = hall ?? expect.fail('no room')
    const before = others.map((other) => of(other, 'consumer').length)
    const crash = await crashed.socket.command('consumer:command', { consumer: 'worker-1', command: 'crash' })
    expect(crash).toMatchObject({ ok: true, value: { state: 'crashed' } })
    await until('the crash to be seen', () =>
      of(crashed, 'consumer').some(({ now }) => now.state === 'crashed'),
    )
    const answers = await Promise.all(
      others.map(({ socket }) =>
        socket.command('message:publish', { to: [{ system: 'rabbitmq' }], text: 'after' }),
      ),
    )
    expect(answers.every(({ ok }) => ok)).toBe(true)
    for (const other of others)
      await until('the others to work on', () => of(other, 'delivered').length === SENDS * 3 + 1)
    expect(others.map((other) => of(other, 'consumer').length)).toEqual(before)
    expect(others.flatMap((other) => of(other, 'fault'))).toEqual([])
  })
})
