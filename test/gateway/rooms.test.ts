import { connect as connectAmqp } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { roomEventSchema } from '#lib/protocol/events.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { addressOf, type OpenRoom, openRoom, SYSTEMS, startRealRooms } from './support/real-rooms.ts'

/** Rooms on the real brokers: what only a broker can show. */
const toAll = SYSTEMS.map((system) => ({ system }))

let rooms: Rooms
let close: () => Promise<void>

beforeAll(async () => {
  ;({ rooms, close } = await startRealRooms())
})
afterAll(() => close())

async function fallAsleep({ room, stopWatching }: OpenRoom): Promise<void> {
  stopWatching()
  await until('asleep', async () =>
    (await room.snapshot()).consumers.every(({ reason }) => reason === 'asleep'),
  )
}

describe('a message to all three', () => {
  it('reaches one worker, every subscriber and one reader of each group, with one receipt from each system', async () => {
    const { room, events, of } = await openRoom(rooms)
    const { id, seq, epoch } = await room.publish({ text: 'één, ünder, 三', sender: 'Ada', to: toAll })
    await until('five arrivals', () => of('delivered').length === 5)
    await until('three receipts', () => of('published').length === 3)
    await until('the acknowledgement', () => of('acknowledged').length === 1)
    await until('two commits', () => of('committed').length === 2)
    const arrivals = of('delivered').map(({ system, group }) => `${system} ${group ?? ''}`)
    expect(arrivals.sort()).toEqual(['kafka analytics', 'kafka audit', 'rabbitmq ', 'redis ', 'redis '])
    expect(of('delivered').every((event) => event.messageId === id && (event.latencyMs ?? -1) >= 0)).toBe(
      true,
    )
    expect(of('published').find(({ system }) => system === 'redis')?.heardBy).toBe(2)
    expect(
      of('committed')
        .map(({ group }) => group)
        .sort(),
    ).toEqual(['analytics', 'audit'])
    const whole = (await room.eventsSince({ seq, epoch }, 1_000)).events
    expect(whole.filter((event) => 'messageId' in event)).toHaveLength(9)
    const carrying = whole.filter(
      (event) => 'text' in event && event.text !== undefined && event.kind !== 'fault',
    )
    expect(carrying).toEqual([expect.objectContaining({ text: 'één, ünder, 三', sender: 'Ada', number: 1 })])
    for (const event of events) roomEventSchema.parse(event)
  })

  it('a hundred messages in a row are delivered in order, none missing and none twice', async () => {
    const { room, of } = await openRoom(rooms)
    const ids: string[] = []
    for (let n = 0; n < 100; n += 1) ids.push((await room.publish({ text: `${n}`, to: toAll })).id)
    await until('all arrivals', () => of('delivered').length === 500)
    const seen = (consumer: string) =>
      of('delivered')
        .filter((event) => event.consumer === consumer)
        .map((event) => event.messageId)
    expect(seen('subscriber-1')).toEqual(ids)
    expect(seen('subscriber-2')).toEqual(ids)
    expect([...seen('worker-1'), ...seen('worker-2')].sort()).toEqual([...ids].sort())
    expect([...seen('reader-1'), ...seen('reader-2')].sort()).toEqual([...ids].sort())
    expect([...seen('reader-3')].sort()).toEqual([...ids].sort())
  })
})

describe('programs outside', () => {
  it('a message that a plain client writes is numbered and marked as from outside', async () => {
    const { room, of } = await openRoom(rooms)
    const redis = new Redis(testBrokers().redis.url)
    onTestFinished(async () => void (await redis.quit()))
    await redis.publish(await addressOf(room, 'redis'), Buffer.from([0xff, 0x41]))
    const amqp = await connectAmqp(testBrokers().rabbitmq.url)
    onTestFinished(() => amqp.close())
    const channel = await amqp.createChannel()
    channel.sendToQueue(await addressOf(room, 'rabbitmq'), Buffer.from('from a script'), {
      messageId: 'claimed',
    })
    const kafka = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    await producer.send({
      topic: await addressOf(room, 'kafka'),
      messages: [{ key: 'k', value: 'log line' }],
    })
    await until('five arrivals', () => of('delivered').length === 5)
    const sent = of('delivered').filter((event) => event.number !== undefined)
    expect(
      sent.map(({ system, text, outside, latencyMs }) => [system, text, outside, latencyMs]).sort(),
    ).toEqual([
      ['kafka', 'log line', true, null],
      ['rabbitmq', 'from a script', true, null],
      ['redis', '\ufffdA', true, null],
    ])
    expect(sent.find(({ system }) => system === 'redis')?.bytes).toBe(
      Buffer.from([0xff, 0x41]).toString('base64'),
    )
    expect(sent.find(({ system }) => system === 'kafka')?.key).toBe('k')
    expect(of('delivered').every(({ messageId }) => messageId !== 'claimed')).toBe(true)
    expect(new Set(of('delivered').map(({ messageId }) => messageId)).size).toBe(3)
  })
})

describe('sleep and wake on real brokers', () => {
  it('a message sent while the room sleeps waits in a queue and in a log, but is lost in a channel', async () => {
    const open = await openRoom(rooms)
    const { room, of } = open
    await fallAsleep(open)
    const redis = new Redis(testBrokers().redis.url)
    onTestFinished(async () => void (await redis.quit()))
    expect(await redis.publish(await addressOf(room, 'redis'), 'nobody hears')).toBe(0)
    const amqp = await connectAmqp(testBrokers().rabbitmq.url)
    onTestFinished(() => amqp.close())
    const channel = await amqp.createConfirmChannel()
    for (const text of ['one', 'two'])
      channel.sendToQueue(await addressOf(room, 'rabbitmq'), Buffer.from(text))
    await channel.waitForConfirms()
    const kafka = new Kafka({ brokers: [testBrokers().kafka.url], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    await producer.send({ topic: await addressOf(room, 'kafka'), messages: [{ value: 'kept' }] })
    expect(of('delivered')).toEqual([])
    await room.awake()
    await until('what waited', () => of('delivered').length === 4)
    const texts = of('delivered')
      .map(({ text }) => text)
      .filter((text) => text !== undefined)
    expect(texts.sort()).toEqual(['kept', 'one', 'two'])
    expect(of('delivered').some(({ system }) => system === 'redis')).toBe(false)
  })

  it('a publish that wakes a room reaches all of its subscribers', async () => {
    const open = await openRoom(rooms)
    const { room, of } = open
    await fallAsleep(open)
    await room.publish({ text: 'good morning', to: toAll })
    await until('all arrivals', () => of('delivered').length === 5)
    expect(of('published').find(({ system }) => system === 'redis')?.heardBy).toBe(2)
    expect(of('unheard')).toEqual([])
  })

  it.each(['rabbitmq', 'redis'] as const)(
    'a publish that wakes a room reaches all readers of a log on %s, though they begin at its end each time',
    async (system) => {
      const open = await openRoom(rooms)
      const { room, of } = open
      await room.addDestination({ system, mode: 'log', name: 'diary' })
      const readers = ['early', 'late']
      for (const name of readers) await room.addConsumer({ system, destination: 'diary', name })
      await fallAsleep(open)
      await room.publish({ text: 'good morning', to: [{ system, destination: 'diary' }] })
      await until('both', () => of('delivered').length === readers.length)
      expect(
        of('delivered')
          .map(({ consumer }) => consumer)
          .sort(),
      ).toEqual(readers)
    },
  )
})

describe('consumers on real brokers', () => {
  it('an unacked message of a crashed worker is finished by another one and marked as redelivered', async () => {
    const { room, of } = await openRoom(rooms)
    await room.commandConsumer('rabbitmq:mailbox:worker-1', 'pause')
    await room.commandConsumer('rabbitmq:mailbox:worker-2', 'pause')
    const { id } = await room.publish({ text: 'x', to: [{ system: 'rabbitmq' }] })
    const holder = await until('in hand', () => of('delivered')[0]?.consumer)
    const other = holder === 'worker-1' ? 'worker-2' : 'worker-1'
    await room.commandConsumer(`rabbitmq:mailbox:${other}`, 'resume')
    await room.commandConsumer(`rabbitmq:mailbox:${holder}`, 'crash')
    await until('finished', () => of('acknowledged')[0])
    expect(of('delivered').map(({ messageId, redelivered }) => [messageId, redelivered])).toEqual([
      [id, false],
      [id, true],
    ])
    expect(of('acknowledged')[0]?.consumer).toBe(other)
    expect((await room.commandConsumer(`rabbitmq:mailbox:${holder}`, 'start')).state).toBe('attached')
  })

  it('a crashed reader shows when Kafka will evict it', async () => {
    const { room } = await openRoom(rooms)
    const crashed = await room.commandConsumer('kafka:datascience:reader-1', 'crash')
    expect(crashed.state).toBe('crashed')
    const now = async () => (await room.snapshot()).consumers.find(({ name }) => name === 'reader-1')
    const evictedAt = await until('the countdown', async () => (await now())?.evictedAt)
    expect(evictedAt).toBeGreaterThan(Date.now() - 1_000)
    expect(evictedAt).toBeLessThan(Date.now() + 10_000)
  })

  it('an added subscriber receives every message from the moment the command is answered', async () => {
    const { room, of } = await openRoom(rooms)
    const { id } = await room.addConsumer({ system: 'redis', name: 'late' })
    expect(id).toBe('redis:chatroom:late')
    await room.publish({ text: 'x', to: [{ system: 'redis' }] })
    await until('three', () => of('delivered').length === 3)
    await room.removeConsumer(id)
    await room.publish({ text: 'y', to: [{ system: 'redis' }] })
    expect(await until('the receipt', () => of('published')[1])).toMatchObject({ heardBy: 2 })
  })

  it('a new group reads the log from the beginning when its settings say so', async () => {
    const { room, of } = await openRoom(rooms)
    await room.publish({ text: 'early', to: [{ system: 'kafka' }] })
    await until('stored', () => of('published')[0])
    const settings = { from: 'earliest' }
    await room.addConsumer({ system: 'kafka', name: 'historian', group: 'history', settings })
    const read = () => of('delivered').find(({ consumer }) => consumer === 'historian')
    expect(await until('read', read)).toMatchObject({ group: 'history' })
    expect(of('assignment').every(({ group }) => ['analytics', 'audit', 'history'].includes(group))).toBe(
      true,
    )
  })
})
