import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { EventKind, EventOf } from '#lib/protocol/events.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

/** A phone is a socket; its seat is a real consumer on a real broker. */
let app: TestApp
let room: string
let hall: TestSocket
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
  hall = await app.connect()
  await hall.join(room)
  // The room's own consumers would compete with the phones.
  const { consumers } = await app.snapshot(room)
  for (const { id } of consumers) await hall.command('consumer:remove', { consumer: id })
  await hall.command('seats:update', { choice: true })
})
afterAll(() => app.close())

interface Phone {
  person: string
  socket: TestSocket
  seat: Consumer
}

async function join(person: string, system?: string): Promise<Phone> {
  const socket = await app.connect()
  await socket.join(room, { personId: person, name: person })
  const reply = await socket.command('seat:take', system === undefined ? {} : { system })
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`)
  return { person, socket, seat: reply.value }
}
const leave = async ({ socket }: Phone) => {
  await socket.command('seat:leave', {})
  socket.socket.disconnect()
}
const of = <K extends EventKind>(kind: K) =>
  hall.events.filter((event): event is EventOf<K> => event.kind === kind)
const stateOf = ({ seat }: Phone) => of('consumer').findLast(({ now }) => now.id === seat.id)?.now
const got = ({ seat }: Phone, text: string) => {
  const id = hall.events.find((event) => 'text' in event && event.text === text && 'messageId' in event)
  return of('delivered').filter(
    ({ consumer, system, messageId }) =>
      consumer === seat.name &&
      system === seat.system &&
      id !== undefined &&
      'messageId' in id &&
      messageId === id.messageId,
  )
}
const send = (system: string, text: string) =>
  hall.command('message:publish', { to: [{ system }], text }).then((reply) => expect(reply.ok).toBe(true))

async function redisClients(): Promise<number> {
  const redis = new Redis(testBrokers().redis.url)
  try {
    return z
      .string()
      .parse(await redis.client('LIST'))
      .split('\n')
      .filter((line) => / sub=1 /.test(line)).length
  } finally {
    redis.disconnect()
  }
}

describe('a seat', () => {
  test('is dealt evenly over the systems, as a consumer with a connection of its own', async () => {
    const before = await redisClients()
    const phones: Phone[] = []
    for (let index = 0; index < 6; index += 1) phones.push(await join(`even-${index}`))
    const count = (system: string) => phones.filter(({ seat }) => seat.system === system).length
    expect(['rabbitmq', 'redis', 'kafka'].map(count)).toEqual([2, 2, 2])
    expect(phones.every(({ seat, person }) => seat.state === 'attached' && seat.owner?.id === person)).toBe(
      true,
    )
    expect(await redisClients()).toBe(before + 2)
    await Promise.all(phones.map(leave))
    await until('both to unsubscribe', async () => (await redisClients()) === before)
  })

  test('on RabbitMQ holds one job until its owner settles it, and a lost phone’s job goes to another', async () => {
    const [one, other] = [await join('r-one', 'rabbitmq'), await join('r-other', 'rabbitmq')]
    await send('rabbitmq', 'a job')
    const holder = await until('the job', () => [one, other].find((phone) => got(phone, 'a job').length > 0))
    const next = holder === one ? other : one
    expect(got(holder, 'a job')[0]).toMatchObject({ inHand: true })
    holder.socket.socket.disconnect()
    await until('the broker to hand it on', () => got(next, 'a job').length > 0)
    expect(got(next, 'a job')[0]).toMatchObject({ redelivered: true, inHand: true })
    expect(stateOf(holder)).toMatchObject({ state: 'crashed', away: true })
    const { delivery } = got(next, 'a job')[0] ?? expect.fail('the job')
    const settle = { consumer: next.seat.id, command: 'ack', delivery } as const
    expect(await next.socket.command('consumer:command', settle)).toMatchObject({ ok: true })
    await until('the acknowledgement', () =>
      of('acknowledged').some(({ consumer }) => consumer === next.seat.name),
    )
    const back = await join(holder.person)
    expect(back.seat).toMatchObject({ id: holder.seat.id, state: 'attached' })
    await Promise.all([leave(back), leave(next)])
  })

  test('on Redis pub/sub hears nothing while its owner’s phone is gone, and again when it is back', async () => {
    const [here, lost] = [await join('s-here', 'redis'), await join('s-lost', 'redis')]
    await send('redis', 'to both')
    await until('both', () => [here, lost].every((phone) => got(phone, 'to both').length === 1))
    lost.socket.socket.disconnect()
    await until('the loss', () => stateOf(lost)?.state === 'crashed')
    await send('redis', 'to one')
    await until('the other', () => got(here, 'to one').length === 1)
    const back = await join(lost.person)
    expect(back.seat).toMatchObject({ id: lost.seat.id, state: 'attached' })
    await send('redis', 'to both again')
    await until('both', () => [here, back].every((phone) => got(phone, 'to both again').length === 1))
    expect(got(back, 'to one')).toEqual([])
    await Promise.all([leave(here), leave(back)])
  })

  test('on Kafka gives its partitions to the others once the broker has missed it for its session’s timeout', async () => {
    const phones: Phone[] = []
    for (let index = 0; index < 2; index += 1) phones.push(await join(`k-${index}`, 'kafka'))
    const [lost, here] = phones as [Phone, Phone]
    const owned = ({ seat }: Phone) =>
      of('assignment')
        .findLast(({ phase, group }) => phase === 'stable' && group === seat.group)
        ?.members.find(({ consumer }) => consumer === seat.name)?.partitions.length
    await until('partitions for both', () => (owned(lost) ?? 0) > 0 && (owned(here) ?? 0) > 0)
    lost.socket.socket.disconnect()
    await until('the crash', () => stateOf(lost)?.state === 'crashed')
    expect(stateOf(lost)?.evictedAt).toBeTypeOf('number')
    await until('all partitions at the other', () => owned(here) === 3, { timeoutMs: 40_000 })
    await Promise.all([leave(here), join(lost.person).then(leave)])
  }, 90_000)

  test('drops its connection by its owner’s hand, and connects again', async () => {
    const phone = await join('dropper', 'redis')
    expect(await phone.socket.command('seat:drop', {})).toMatchObject({
      ok: true,
      value: { state: 'crashed', owner: { id: 'dropper' } },
    })
    expect(stateOf(phone)).not.toHaveProperty('away')
    const start = { consumer: phone.seat.id, command: 'start' } as const
    expect(await phone.socket.command('consumer:command', start)).toMatchObject({
      ok: true,
      value: { state: 'attached' },
    })
    await leave(phone)
    await until('its end', () => stateOf(phone)?.removed === true)
  })
})

test('nothing was logged as an error during these tests', () => {
  expect(app.wrong).toEqual([])
})
