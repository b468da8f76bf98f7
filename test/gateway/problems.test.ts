import { request as plainRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ERROR_STATUS, type ErrorCode } from '#lib/protocol/errors.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import { openapi } from '#lib/protocol/openapi.ts'
import { testBrokers } from '#test/support/brokers.ts'
import { startApp, type TestApp } from '#test/support/start-app.ts'
import { openTestSocket } from '#test/support/test-socket.ts'
import { until } from '#test/support/until.ts'

let app: TestApp
let room: string
beforeAll(async () => {
  app = await startApp({ brokers: { redis: testBrokers().redis } })
  room = await app.room()
})
afterAll(() => app.close())

async function expectProblem(response: Response, code: ErrorCode) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await response.json()) as Record<string, unknown>
  expect(problem).toMatchObject({ code, status: ERROR_STATUS[code] })
  expect(response.status).toBe(ERROR_STATUS[code])
  for (const member of ['type', 'title', 'detail', 'instance'])
    expect(problem[member]).toEqual(expect.any(String))
  return problem
}
const message = (body: unknown) => app.request('POST', `/api/rooms/${room}/messages`, body)
const redis = (text: unknown) => message({ system: 'redis', text })

describe('every error is a problem document', () => {
  test.each<[string, unknown, ErrorCode]>([
    ['malformed JSON', '{"system":', 'bad-request'],
    ['no body', '', 'bad-request'],
    ['a body that is no object', '[]', 'invalid'],
    ['text that is no string', { system: 'redis', text: 5 }, 'invalid'],
    ['no text', { system: 'redis' }, 'invalid'],
    ['half a character', '{"system":"redis","text":"a\\ud83d"}', 'invalid'],
    [
      'a header that no record can hold',
      { system: 'kafka', text: 'a', headers: JSON.parse('{"__proto__":"x"}') },
      'invalid',
    ],
    ['half a character in a header', { system: 'redis', text: 'a', headers: { a: '\udc00' } }, 'invalid'],
    ['empty text', { system: 'redis', text: '' }, 'text-empty'],
    ['an unknown system', { system: 'nats', text: 'hello' }, 'system-not-found'],
    ['a system that is no name', { system: '../etc', text: 'hello' }, 'invalid'],
    [
      'an unknown destination',
      { system: 'redis', destination: 'nowhere', text: 'hello' },
      'destination-not-found',
    ],
    [
      'too many headers',
      {
        system: 'redis',
        text: 'a',
        headers: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`h${i}`, 'v'])),
      },
      'invalid',
    ],
  ])('a message with %s', async (_what, body, code) => {
    await expectProblem(await message(body), code)
  })

  test('the text may have 8 KiB of UTF-8 and not one byte more', async () => {
    expect((await redis('x'.repeat(TEXT_MAX_BYTES))).status).toBe(202)
    await expectProblem(await redis('x'.repeat(TEXT_MAX_BYTES + 1)), 'text-too-long')
    await expectProblem(await redis('é'.repeat(TEXT_MAX_BYTES / 2 + 1)), 'text-too-long')
  })

  test('an id that stands for a message is refused with other content, over HTTP and over a socket', async () => {
    const { id } = (await (await redis('first')).json()) as { id: string }
    expect((await message({ system: 'redis', text: 'first', id })).status).toBe(202)
    await expectProblem(await message({ system: 'redis', text: 'second', id }), 'id-in-use')
    await expectProblem(await message({ system: 'redis', text: 'first', key: 'k', id }), 'id-in-use')
    const socket = await app.connect()
    await socket.join(room)
    const publish = { id, text: 'second', to: [{ system: 'redis' as const }] }
    expect(await socket.command('message:publish', publish)).toMatchObject({ ok: false, code: 'id-in-use' })
    socket.socket.disconnect()
  })

  test('a body that is too large is refused, and the connection can be used again', async () => {
    await expectProblem(await redis('x'.repeat(2 * 1024 * 1024)), 'body-too-large')
    expect((await redis('short')).status).toBe(202)
  })

  test('a body that is not UTF-8 is refused as unreadable', async () => {
    const body = Buffer.concat([
      Buffer.from('{"system":"redis","text":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ])
    const response = await fetch(`${app.url}/api/rooms/${room}/messages`, { method: 'POST', body })
    await expectProblem(response, 'bad-request')
  })

  test.each(['<script>alert(1)</script>', '\u0000\u0007', '  ', "'; DROP TABLE rooms; --", '{{7*7}}'])(
    'the text %j is delivered unchanged',
    async (text) => {
      const response = await redis(text)
      expect(response.status).toBe(202)
      const { id, seq } = (await response.json()) as { id: string; seq: number }
      // Accepted is not yet an event: its first event comes with the broker's receipt, or with its first arrival.
      const own = await until('its first event', async () =>
        (await app.events(room, seq)).find((event) => 'messageId' in event && event.messageId === id),
      )
      expect(own).toMatchObject({ text })
    },
  )

  test.each<[string, string, ErrorCode]>([
    ['GET', '/api/nope', 'not-found'],
    ['POST', '/api', 'not-found'],
    ['DELETE', '/api/rooms/lobby/nope/nope/nope', 'not-found'],
    ['GET', '/api/rooms/nope', 'room-not-found'],
    ['GET', '/api/rooms/UPPER', 'room-not-found'],
    ['PUT', '/api/rooms/UPPER', 'invalid'],
    ['GET', '/api/rooms/nope/events', 'room-not-found'],
    ['GET', '/api/rooms/lobby/events?since=x', 'invalid'],
    ['DELETE', '/api/rooms/lobby/consumers/redis%3Achatroom%3Anobody', 'consumer-not-found'],
    ['DELETE', '/api/rooms/lobby/destinations/redis%3Anothing', 'destination-not-found'],
    ['GET', '/api/rooms/%E0%A4%A', 'bad-request'],
  ])('%s %s', async (method, path, code) => {
    await expectProblem(await app.request(method, path), code)
  })

  test('a method that an address does not take is refused with a list of those it takes', async () => {
    const response = await app.request('PATCH', `/api/rooms/${room}`)
    expect(response.headers.get('allow')).toBe('GET, PUT, DELETE')
    await expectProblem(response, 'method-not-allowed')
  })
})

/** A request with headers that `fetch` does not let its caller set. */
const statusOf = (path: string, headers: Record<string, string>) =>
  new Promise<{ status?: number; type?: string }>((resolve, reject) => {
    plainRequest(`${app.url}${path}`, { headers }, (response) => {
      response.resume()
      resolve({ status: response.statusCode, type: response.headers['content-type'] })
    })
      .on('error', reject)
      .end()
  })

describe('a request that the page router has no answer to', () => {
  test.each([
    ['TRACE', '/api/health', 405],
    ['PROPFIND', '/api/rooms', 405],
    ['TRACE', '/', 405],
    ['GET', '*', 400],
    ['OPTIONS', '*', 400],
    ['GET', 'http://elsewhere.example/api/rooms', 400],
  ])('%s %s is refused at once', async (method, path, status) => {
    const { hostname, port } = new URL(app.url)
    const answered = new Promise((resolve, reject) => {
      const asked = plainRequest({ hostname, port, method, path }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asked.on('error', reject).end()
    })
    expect(await answered).toBe(status)
  })
})

describe('a request that does not come from the dashboard’s own page', () => {
  test('a foreign Origin is refused, for reading, writing and live streams', async () => {
    const origin = 'http://evil.example'
    await expectProblem(
      await app.request('GET', `/api/rooms/${room}/events`, undefined, {
        origin,
        accept: 'text/event-stream',
      }),
      'forbidden-origin',
    )
    await expectProblem(
      await app.request('PUT', '/api/rooms/evil', undefined, { origin }),
      'forbidden-origin',
    )
    await expectProblem(
      await app.request('POST', `/api/rooms/${room}/messages`, { system: 'redis', text: 'x' }, { origin }),
      'forbidden-origin',
    )
  })

  test('a foreign Host is refused: as a problem for the API, as a line of text for a page', async () => {
    expect(await statusOf('/api/health', { host: 'evil.example' })).toEqual({
      status: 403,
      type: 'application/problem+json',
    })
    expect(await statusOf('/', { host: 'evil.example' })).toEqual({
      status: 403,
      type: 'text/plain; charset=utf-8',
    })
  })

  test.each<Record<string, string>>([
    { origin: 'http://evil.example' },
    { host: 'evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ])('a socket with %o is refused', async (extraHeaders) => {
    const options = { extraHeaders, reconnection: false }
    await expect(openTestSocket(app.url, options)).rejects.toThrow()
    expect((await statusOf('/socket.io/?EIO=4&transport=polling', extraHeaders)).status).toBe(403)
  })

  test('a page of another site can neither wake a room nor read its messages by a plain GET', async () => {
    for (const site of ['cross-site', 'same-site'])
      for (const path of ['', '/events'])
        expect(await statusOf(`/api/rooms/${room}${path}`, { 'sec-fetch-site': site })).toEqual({
          status: 403,
          type: 'application/problem+json',
        })
  })

  test('a request of another site on an open Socket.IO connection is refused, too', async () => {
    const handshake = await (await app.request('GET', '/socket.io/?EIO=4&transport=polling')).text()
    const { sid } = JSON.parse(handshake.slice(1)) as { sid: string }
    const path = `/socket.io/?EIO=4&transport=polling&sid=${sid}`
    expect((await statusOf(path, { 'sec-fetch-site': 'cross-site' })).status).toBe(400)
  })

  test('the page’s own Origin is accepted', async () => {
    const socket = await openTestSocket(app.url, { extraHeaders: { origin: app.url } })
    socket.socket.disconnect()
    expect((await app.request('GET', '/api/health', undefined, { origin: app.url })).status).toBe(200)
  })

  test('every answer forbids sniffing, framing and foreign code, and allows no other origin', async () => {
    const { headers } = await app.request('GET', '/api/health')
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self'")
    expect(headers.get('content-security-policy')).not.toContain('unsafe-eval')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

/** A path of the description with names that fit, so that it can be requested. */
const filled = (path: string) =>
  path
    .replace('{room}', room)
    .replace('{consumer}', 'nobody')
    .replace('{destination}', 'nothing')
    .replace('{command}', 'pause')
    .replace('{system}', 'redis')

test('every address takes the methods that the description names, and no others', async () => {
  const { paths } = openapi() as { paths: Record<string, Record<string, unknown>> }
  for (const [path, item] of Object.entries(paths)) {
    const described = Object.keys(item)
      .filter((key) => key !== 'parameters')
      .map((method) => method.toUpperCase())
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      // The room itself must outlast this test.
      if (method === 'DELETE' && path === '/api/rooms/{room}') continue
      const response = await app.request(method, filled(path))
      const { code } = response.ok ? { code: 'ok' } : ((await response.json()) as { code: string })
      if (response.ok) await response.body?.cancel()
      if (described.includes(method)) expect(['not-found', 'method-not-allowed']).not.toContain(code)
      else expect(code, `${method} ${path}`).toBe('method-not-allowed')
    }
  }
})
