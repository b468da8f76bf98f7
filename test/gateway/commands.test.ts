import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERROR_STATUS, type ErrorCode } from '#lib/protocol/errors.ts'
import type { EventKind, EventOf } from '#lib/protocol/events.ts'
import type { Consumer, Destination } from '#lib/protocol/room.ts'
import { testBrokers } from '#test/support/brokers.ts'
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

async function ask<T>(method: string, at: string, body: unknown, status: number): Promise<T> {
  const response = await app.request(method, at, body)
  const answer = (await response.json()) as T
  expect(response.status, JSON.stringify(answer)).toBe(status)
  return answer
}

const refused = (method: string, at: string, body: unknown, code: ErrorCode) =>
  ask<{ code: string }>(method, at, body, ERROR_STATUS[code]).then((problem) =>
    expect(problem.code).toBe(code),
  )

async function events<K extends EventKind>(kind: K, destination: string): Promise<EventOf<K>[]> {
  const all = await app.events(room)
  return all.filter(
    (event): event is EventOf<K> =>
      event.kind === kind && 'destination' in event && event.destination === destination,
  )
}

const made = (system: string, mode: string, name: string, settings = {}) =>
  ask<Destination>('POST', path('destinations'), { system, mode, name, settings }, 201)
const joined = (system: string, destination: string, name: string, settings = {}) =>
  ask<Consumer>('POST', path('consumers'), { system, destination, name, settings }, 201)
const sent = (system: string, destination: string, text: string, more = {}) =>
  ask('POST', path('messages'), { system, destination, text, ...more }, 202)

describe('settling by hand over HTTP', () => {
  test('an unacked delivery is acknowledged once; one that is not held, or not named, is refused', async () => {
    await made('rabbitmq', 'queue', 'by-hand')
    const { id } = await joined('rabbitmq', 'by-hand', 'hand', { ackMode: 'manual' })
    await sent('rabbitmq', 'by-hand', 'yours to settle')
    const delivery = await until(
      'it in hand',
      async () => (await events('delivered', 'by-hand'))[0]?.delivery,
    )
    expect(await events('acknowledged', 'by-hand')).toEqual([])
    await refused('POST', path('consumers', id, 'ack'), {}, 'invalid')
    await ask('POST', path('consumers', id, 'ack'), { delivery }, 200)
    await until('its ack', async () => (await events('acknowledged', 'by-hand')).length === 1)
    await refused('POST', path('consumers', id, 'ack'), { delivery }, 'delivery-not-found')
  })

  test('a requeued message is delivered again, marked as redelivered', async () => {
    await made('rabbitmq', 'queue', 'again')
    const { id } = await joined('rabbitmq', 'again', 'hand', { ackMode: 'manual' })
    await sent('rabbitmq', 'again', 'not yet')
    const first = await until('it in hand', async () => (await events('delivered', 'again'))[0])
    await ask('POST', path('consumers', id, 'requeue'), { delivery: first.delivery }, 200)
    const second = await until('it again', async () => (await events('delivered', 'again'))[1])
    expect(second).toMatchObject({ messageId: first.messageId, redelivered: true })
  })
})

describe('seeking over HTTP', () => {
  test('a reader of a log continues from the position it seeks to', async () => {
    await made('kafka', 'log', 'seekable', { partitions: 1 })
    const { id } = await joined('kafka', 'seekable', 'reader')
    await sent('kafka', 'seekable', 'once')
    await until('it read', async () => (await events('delivered', 'seekable')).length === 1)
    await ask('POST', path('consumers', id, 'seek'), { seek: { to: 'earliest' } }, 200)
    await until('it read again', async () => (await events('delivered', 'seekable')).length === 2)
  })

  test('a consumer of a mode that keeps nothing cannot seek', async () => {
    await made('rabbitmq', 'queue', 'forgetful')
    const { id } = await joined('rabbitmq', 'forgetful', 'worker')
    await refused('POST', path('consumers', id, 'seek'), { seek: { to: 'earliest' } }, 'not-capable')
  })
})

describe('altering over HTTP', () => {
  test('a topic that is being read can get more partitions, but not fewer', async () => {
    const { id } = await made('kafka', 'log', 'growing', { partitions: 1 })
    const altered = await ask<Destination>(
      'PATCH',
      path('destinations', id),
      { settings: { partitions: 2 } },
      200,
    )
    expect(altered).toMatchObject({
      settings: { partitions: 2 },
      traits: expect.arrayContaining(['2 partitions']),
    })
    await refused('PATCH', path('destinations', id), { settings: { partitions: 1 } }, 'broker-refused')
  })

  test('a setting that the broker cannot change later is refused with the reason', async () => {
    const { id } = await made('rabbitmq', 'queue', 'fixed')
    await refused('PATCH', path('destinations', id), { settings: { durable: true } }, 'not-capable')
  })
})

describe('settings of one message over HTTP', () => {
  test('a message of an aborted transaction is stored, marked so, and not delivered to readers of committed messages', async () => {
    await made('kafka', 'log', 'booth', { partitions: 1 })
    await joined('kafka', 'booth', 'committed-only')
    await sent('kafka', 'booth', 'taken back', { settings: { transaction: 'abort' } })
    await sent('kafka', 'booth', 'kept')
    const [aborted] = await until('both receipts', async () => {
      const receipts = await events('published', 'booth')
      return receipts.length === 2 && receipts
    })
    expect(aborted).toMatchObject({ transaction: 'aborted' })
    await until('the kept one', async () => (await events('delivered', 'booth')).length > 0)
    expect(await events('delivered', 'booth')).toHaveLength(1)
  })

  test('a setting that the mode does not have is refused as invalid', async () => {
    await made('rabbitmq', 'queue', 'strict')
    await refused(
      'POST',
      path('messages'),
      { system: 'rabbitmq', destination: 'strict', text: 'x', settings: { priority: 'high' } },
      'invalid',
    )
  })
})
