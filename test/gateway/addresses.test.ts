import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Mode } from '#lib/protocol/names.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { brokersHold } from './support/brokers-hold.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
})
afterAll(() => app.close())

interface Found {
  system: string
  mode: Mode
  address: string
}

/** Uses what is on a broker, and reads the text that `send` writes there. */
async function reads({ system, mode, address }: Found, send: () => Promise<unknown>): Promise<string> {
  const room = await app.room()
  const asked = { system, mode, address, name: 'found' }
  const made = await app.request('POST', `/api/rooms/${room}/destinations`, asked)
  expect(made.status).toBe(201)
  expect(await made.json()).toMatchObject({ name: 'found', address, state: 'declared' })
  const reader = { system, destination: 'found', name: 'one' }
  expect((await app.request('POST', `/api/rooms/${room}/consumers`, reader)).status).toBe(201)
  await send()
  await until('the text', async () =>
    (await app.events(room)).some((event) => event.kind === 'delivered' && event.text === 'from outside'),
  )
  expect((await app.request('DELETE', `/api/rooms/${room}/destinations/found`)).status).toBe(204)
  return room
}

describe('what another program made on a broker, whatever its name, is used under a name of the room', () => {
  test('a RabbitMQ queue with a slash, spaces and dots; it stays there when it is removed from the room', async () => {
    const address = `${uniqueName('orders')}/eu high.v1`
    const model = await connect(testBrokers().rabbitmq.url)
    onTestFinished(() => model.close())
    const channel = await model.createChannel()
    await channel.assertQueue(address, { durable: true })
    onTestFinished(async () => void (await channel.deleteQueue(address)))
    const found = { system: 'rabbitmq', mode: 'queue', address } as const
    await reads(found, async () => channel.sendToQueue(address, Buffer.from('from outside')))
    expect(await brokersHold(address)).toContain(`rabbitmq queues ${address}`)
  })

  test('a Redis channel with colons', async () => {
    const address = `${uniqueName('alerts')}:eu:1`
    const redis = new Redis(testBrokers().redis.url)
    onTestFinished(() => redis.disconnect())
    const found = { system: 'redis', mode: 'fanout', address } as const
    await reads(found, () => redis.publish(address, 'from outside'))
  })
})
