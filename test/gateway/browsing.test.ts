import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeptPage } from '#lib/protocol/browse-commands.ts'
import { BROWSE_PAGE_MAX_BYTES, BROWSE_PAGE_MAX_MESSAGES } from '#lib/protocol/limits.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import type { TestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

/** What a destination keeps, asked for through both doors. */

let app: TestApp
let room: string
let socket: TestSocket
beforeAll(async () => {
  app = await startApp({ brokers: testBrokers() })
  room = await app.room()
  socket = await app.connect()
  await socket.join(room)
})
afterAll(() => app.close())

const path = (destination: string, query = '') =>
  `/api/rooms/${room}/destinations/${destination}/messages${query}`
const overHttp = async (destination: string, query = '') => {
  const response = await app.request('GET', path(destination, query))
  return { status: response.status, body: (await response.json()) as KeptPage & { code?: string } }
}
const send = async (text: string, more: object = {}) => {
  const response = await app.request('POST', `/api/rooms/${room}/messages`, {
    system: 'kafka',
    text,
    key: 'one',
    ...more,
  })
  expect(response.status).toBe(202)
}
const isKept = (text: string) =>
  until(`"${text}" to be kept`, async () => {
    const { body } = await overHttp('datascience', '?from=newest&limit=5')
    return body.messages.some((message) => message.text === text)
  })

describe('what a destination keeps', () => {
  test('is the same page over HTTP and over a socket, with numbers, keys, headers and positions', async () => {
    for (const text of ['one', 'two', 'three'])
      await send(text, { headers: { colour: 'red' }, sender: 'Ada' })
    await isKept('three')
    const { status, body } = await overHttp('datascience', '?from=oldest&limit=2')
    expect(status).toBe(200)
    expect(body.messages.map(({ text, number }) => [text, number])).toEqual([
      ['one', 1],
      ['two', 2],
    ])
    expect(body.messages[0]).toMatchObject({
      key: 'one',
      sender: 'Ada',
      headers: { colour: 'red' },
      address: { kind: 'offset', offset: '0' },
      writtenAt: expect.any(Number),
      messageId: expect.any(String),
    })
    expect(body.messages[0]).not.toHaveProperty('outside')
    const asked = { destination: 'datascience', from: 'oldest', limit: 2 } as const
    expect(await socket.command('destination:browse', asked)).toEqual({ ok: true, value: body })
    const rest = await overHttp('datascience', `?from=${body.newer}`)
    expect(rest.body.messages.map(({ text }) => text)).toEqual(['three'])
    expect(rest.body.newer).toBeNull()
  })

  test('is bounded in messages and in bytes, and a page of none or of too many is refused', async () => {
    for (const query of [
      `?limit=${BROWSE_PAGE_MAX_MESSAGES + 1}`,
      '?limit=0',
      '?limit=',
      '?limit=x',
      '?from=x',
    ]) {
      const { status, body } = await overHttp('datascience', query)
      expect([query, status, body.code]).toEqual([query, 422, 'invalid'])
    }
    const long = 'x'.repeat(8_000)
    const count = Math.ceil(BROWSE_PAGE_MAX_BYTES / long.length) + 5
    for (let index = 0; index < count; index++) await send(`${long}${index}`, { key: 'long' })
    await isKept(`${long}${count - 1}`)
    const { body } = await overHttp('datascience', `?from=newest&limit=${BROWSE_PAGE_MAX_MESSAGES}`)
    const bytes = body.messages.reduce((sum, { text }) => sum + text.length, 0)
    expect(bytes).toBeLessThanOrEqual(BROWSE_PAGE_MAX_BYTES)
    expect(body.messages.at(-1)?.text).toBe(`${long}${count - 1}`)
    expect(body.older).not.toBeNull()
  })

  test('is refused with the reason where its broker cannot show it, and where there is no such destination', async () => {
    const queue = await overHttp('mailbox')
    expect([queue.status, queue.body.code]).toEqual([409, 'not-capable'])
    expect(queue.body).toMatchObject({ detail: expect.stringContaining('only to whoever takes it out') })
    expect(await overHttp('nowhere')).toMatchObject({
      status: 404,
      body: { code: 'destination-not-found' },
    })
    const asked = { destination: 'chatroom', from: 'oldest', limit: 1 } as const
    expect(await socket.command('destination:browse', asked)).toMatchObject({
      ok: false,
      code: 'not-capable',
      message: expect.stringContaining('keeps nothing'),
    })
  })

  test('makes no event: nothing is delivered, committed or settled by it', async () => {
    // Nobody reads this one, so that no reader's own commit is among the events.
    const name = uniqueName('shelf')
    const made = { system: 'kafka', name, mode: 'log', settings: {} }
    expect((await app.request('POST', `/api/rooms/${room}/destinations`, made)).status).toBe(201)
    await send('lies there', { destination: name })
    await until('it to be kept', async () => (await overHttp(name)).body.messages.length === 1)
    const before = (await app.snapshot(room)).seq
    for (let times = 0; times < 3; times++) await overHttp(name, '?from=newest')
    const events = (await app.events(room, before)).filter(
      (one) => 'destination' in one && one.destination === name,
    )
    expect(events.filter(({ kind }) => kind !== 'facts')).toEqual([])
  })
})
