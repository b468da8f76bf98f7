import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

const SYSTEMS = ['rabbitmq', 'redis', 'kafka']

let app: TestApp
let room: string
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
})
afterAll(() => app.close())

const json = async (response: Response) => (await response.json()) as Record<string, unknown>
const post = (path: string, body: unknown) => app.request('POST', `/api/rooms/${room}${path}`, body)

describe('health and metrics', () => {
  test('health is answered with 200 and the status of each broker', async () => {
    const response = await app.request('GET', '/api/health')
    expect(response.status).toBe(200)
    const { status, brokers } = (await json(response)) as { status: string; brokers: Record<string, object> }
    expect(status).toBe('ok')
    expect(Object.keys(brokers).sort()).toEqual([...SYSTEMS].sort())
    for (const system of SYSTEMS)
      expect(brokers[system]).toMatchObject({
        status: 'up',
        version: expect.any(String),
        since: expect.any(String),
      })
  })

  test('metrics are Prometheus text', async () => {
    const response = await app.request('GET', '/api/metrics')
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await response.text()).toMatch(/switchboard_broker_up\{system="kafka"\} 1/)
  })
})

describe('rooms', () => {
  test('are created once, returned, removed, and then not found; the lobby stays', async () => {
    const name = `${room}-x`
    expect((await app.request('PUT', `/api/rooms/${name}`)).status).toBe(201)
    const again = await app.request('PUT', `/api/rooms/${name}`)
    expect(again.status).toBe(200)
    expect(((await again.json()) as RoomSnapshot).destinations.map(({ system }) => system).sort()).toEqual(
      [...SYSTEMS].sort(),
    )
    expect((await app.request('DELETE', `/api/rooms/${name}`)).status).toBe(204)
    expect((await app.request('GET', `/api/rooms/${name}`)).status).toBe(404)
    expect((await app.request('DELETE', `/api/rooms/${name}`)).status).toBe(404)
    expect(await json(await app.request('DELETE', '/api/rooms/lobby'))).toMatchObject({
      code: 'lobby-stays',
      status: 409,
    })
  })
})

describe('messages', () => {
  test.each(SYSTEMS)(
    '%s: all events of a message come after the answer’s seq, with the content on the first',
    async (system) => {
      const text = `<b>hello</b> ${system} 🐇`
      const response = await post('/messages', { system, text, sender: 'Ada' })
      expect(response.status).toBe(202)
      const { id, seq, epoch, number } = await json(response)
      expect({ id, epoch }).toEqual({ id: expect.any(String), epoch: app.rooms.epoch })
      expect(number).toEqual(expect.any(Number))
      const life = await until('published and delivered', async () => {
        const events = (await app.events(room, Number(seq))).filter(
          (event) => 'messageId' in event && event.messageId === id,
        )
        const kinds = events.map(({ kind }) => kind)
        return kinds.includes('published') && kinds.includes('delivered') && events
      })
      expect(life[0]).toMatchObject({ text, sender: 'Ada', number })
      expect(Number(life[0]?.seq)).toBeGreaterThan(Number(seq))
    },
  )

  test('a message whose id was sent before is not sent again', async () => {
    const body = { system: 'rabbitmq', text: 'once', id: crypto.randomUUID() }
    const first = await json(await post('/messages', body))
    const second = await json(await post('/messages', body))
    expect(second.number).toBe(first.number)
    // The confirm may come after the delivery and its ack.
    const life = await until('its receipt and its ack', async () => {
      const events = (await app.events(room, Number(first.seq))).filter(
        (event) => 'messageId' in event && event.messageId === body.id,
      )
      const kinds = events.map(({ kind }) => kind)
      return kinds.includes('published') && kinds.includes('acknowledged') && events
    })
    expect(life.filter(({ kind }) => kind === 'published')).toHaveLength(1)
    expect(life.filter(({ kind }) => kind === 'delivered')).toHaveLength(1)
  })
})

describe('consumers and destinations', () => {
  test('a consumer is added once attached, carries out commands, and is removed', async () => {
    const response = await post('/consumers', { system: 'redis', name: 'late' })
    expect(response.status).toBe(201)
    const { id, state } = await json(response)
    expect(state).toBe('attached')
    const at = `/api/rooms/${room}/consumers/${encodeURIComponent(String(id))}`
    expect(response.headers.get('location')).toBe(at)
    expect(await json(await app.request('POST', `${at}/pause`))).toMatchObject({ id, state: 'paused' })
    expect(await json(await app.request('POST', `${at}/resume`))).toMatchObject({ id, state: 'attached' })
    expect(await json(await app.request('POST', `${at}/fly`))).toMatchObject({ code: 'command-not-found' })
    expect(await json(await post('/consumers', { system: 'redis', name: 'late' }))).toMatchObject({
      code: 'name-taken',
    })
    expect((await app.request('DELETE', at)).status).toBe(204)
    expect(await json(await app.request('DELETE', at))).toMatchObject({
      code: 'consumer-not-found',
      status: 404,
    })
  })

  test('a worker’s prefetch can be changed', async () => {
    const { consumers } = await app.snapshot(room)
    const worker = consumers.find(({ system }) => system === 'rabbitmq')
    const at = `/api/rooms/${room}/consumers/${encodeURIComponent(worker?.id ?? '')}`
    const response = await app.request('PATCH', at, { settings: { prefetch: 3 } })
    expect(response.status).toBe(200)
    expect(await json(response)).toMatchObject({ settings: { prefetch: 3 } })
    expect(await json(await app.request('PATCH', at, { settings: 3 }))).toMatchObject({
      code: 'invalid',
      status: 422,
    })
  })

  test('a destination is declared and removed', async () => {
    const response = await post('/destinations', { system: 'redis', mode: 'fanout', name: 'side' })
    expect(response.status).toBe(201)
    const { id } = await json(response)
    expect(id).toBe('redis:side')
    const at = `/api/rooms/${room}/destinations/${encodeURIComponent(String(id))}`
    expect((await app.request('DELETE', at)).status).toBe(204)
    expect(await json(await app.request('DELETE', at))).toMatchObject({ code: 'destination-not-found' })
  })
})

test('a load runs inside the server and is stopped', async () => {
  const load = { system: 'redis', rate: 50, count: 10_000, size: 20 }
  const response = await post('/load', load)
  expect(response.status).toBe(202)
  expect(await json(response)).toMatchObject({ state: 'running', rate: 50 })
  expect(await json(await post('/load', load))).toMatchObject({ code: 'load-running', status: 409 })
  await until('some of it', async () => (await app.snapshot(room)).loads.some(({ sent }) => sent > 3))
  expect((await app.request('DELETE', `/api/rooms/${room}/load`)).status).toBe(204)
  await until('its end', async () =>
    (await app.snapshot(room)).loads.every(({ state }) => state !== 'running'),
  )
})

describe('a broker that is away', () => {
  test('refuses a message with 503 and Retry-After, and no event is emitted', async () => {
    const lone = await startApp({ brokers: { redis: testBrokers().redis } })
    try {
      const name = await lone.room()
      const { seq } = await lone.snapshot(name)
      const response = await lone.request('POST', `/api/rooms/${name}/messages`, {
        system: 'kafka',
        text: 'hello',
      })
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await json(response)).toMatchObject({ code: 'broker-down', status: 503 })
      const later = await lone.events(name, seq)
      expect(later.filter((event) => 'messageId' in event)).toEqual([])
      expect(await json(await lone.request('GET', '/api/health'))).toMatchObject({ status: 'degraded' })
    } finally {
      await lone.close()
    }
  })
})
