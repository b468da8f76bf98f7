import { describe, expect, test } from 'vitest'
import { createOriginGuard } from '#lib/http/origin-guard.ts'

const guard = createOriginGuard({ host: '127.0.0.1', port: () => 3000 })
const ask = (host: string | undefined, origin?: string, by = guard) =>
  by.fault({ headers: { host, origin }, method: 'GET', url: '/api/health' })?.code

describe('Host', () => {
  test.each([
    'localhost:3000',
    '127.0.0.1:3000',
    '127.0.0.1',
    '127.1.2.3:8080',
    '[::1]:3000',
    'sub.localhost:3000',
    'LOCALHOST:3000',
  ])('%s is this machine', (host) => expect(ask(host)).toBeUndefined())

  test.each([
    'evil.example:3000',
    'localhost.evil.example:3000',
    '127.0.0.1.evil.example',
    '10.0.0.5:3000',
    'evil.example@localhost:3000',
    'localhost:3000/evil',
    'localhost:notaport',
    '',
  ])('%s is refused', (host) => expect(ask(host)).toBe('forbidden-host'))

  test('a request without one is refused', () => expect(ask(undefined)).toBe('forbidden-host'))

  test('HOST is served at the server’s own port only', () => {
    const named = createOriginGuard({ host: 'board.lan', port: () => 3000 })
    expect(ask('board.lan:3000', undefined, named)).toBeUndefined()
    expect(ask('board.lan:4000', undefined, named)).toBe('forbidden-host')
  })

  test('BASE_URL is served as it is', () => {
    const named = createOriginGuard({
      host: '0.0.0.0',
      port: () => 3000,
      baseUrls: ['https://board.example'],
    })
    expect(ask('board.example', 'https://board.example', named)).toBeUndefined()
    expect(ask('board.example:3000', undefined, named)).toBe('forbidden-host')
    expect(ask('other.example', undefined, named)).toBe('forbidden-host')
  })
})

describe('Origin', () => {
  test.each([
    ['localhost:3000', 'http://localhost:3000'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['localhost', 'https://localhost'],
  ])('%s may be asked by %s', (host, origin) => expect(ask(host, origin)).toBeUndefined())

  test.each([
    ['localhost:3000', 'http://evil.example'],
    ['localhost:3000', 'http://localhost:4000'],
    ['localhost:3000', 'http://127.0.0.1:3000'],
    ['localhost:3000', 'null'],
    ['localhost:3000', 'file://'],
    ['localhost:3000', 'chrome-extension://abc'],
    ['localhost:3000', ''],
  ])('%s may not be asked by "%s"', (host, origin) => expect(ask(host, origin)).toBe('forbidden-origin'))
})

describe('a request without Origin', () => {
  type Asked = { url?: string; method?: string; headers: Record<string, string> }
  const from = ({ url = '/api/rooms/lobby/events', method = 'GET', headers }: Asked) =>
    guard.fault({ headers: { host: 'localhost:3000', ...headers }, method, url })?.code
  const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

  test.each(['same-origin', 'none'])(
    'of the dashboard’s own page, or that a person typed (%s), may come in',
    (site) => expect(from({ headers: { 'sec-fetch-site': site } })).toBeUndefined(),
  )

  test.each(['cross-site', 'same-site', 'same-origin, cross-site', 'anything', ''])(
    'of a page of another site (%s) reaches no address of the API: it can wake no room and take no messages',
    (site) => {
      const headers = { 'sec-fetch-site': site }
      for (const url of [
        '/api/rooms/lobby/events',
        '/api/rooms/lobby?x',
        '/api',
        '/%61pi/rooms/lobby',
        '//api/rooms/lobby',
        '/r/../api/rooms/lobby',
        '/./api/rooms/lobby',
        '/socket.io/?EIO=4&transport=polling',
      ])
        for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
          expect(from({ url, method, headers })).toBe('forbidden-origin')
          expect(from({ url, method, headers: { ...headers, ...link } })).toBe('forbidden-origin')
        }
    },
  )

  test('a link on another site may lead to a page, which no other site frames, embeds or posts to', () => {
    const headers = { 'sec-fetch-site': 'cross-site', ...link }
    for (const url of ['/', '/r/lobby', '/play?of=x', '/apiary'])
      expect(from({ url, headers })).toBeUndefined()
    expect(from({ url: '/r/lobby', headers: { ...headers, 'sec-fetch-dest': 'iframe' } })).toBe(
      'forbidden-origin',
    )
    expect(
      from({ url: '/icon.svg', headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' } }),
    ).toBe('forbidden-origin')
    expect(from({ url: '/', method: 'POST', headers })).toBe('forbidden-origin')
  })

  test('where the browser sends no Sec-Fetch-Site, a foreign Referer says where it comes from', () => {
    expect(from({ headers: { referer: 'http://evil.example/page' } })).toBe('forbidden-origin')
    expect(from({ headers: { referer: 'nonsense' } })).toBe('forbidden-origin')
    expect(from({ headers: { referer: 'http://localhost:3000/r/lobby' } })).toBeUndefined()
    expect(from({ url: '/r/lobby', headers: { referer: 'http://elsewhere.example/' } })).toBeUndefined()
  })

  test('a program that is no browser may come in', () => expect(from({ headers: {} })).toBeUndefined())

  test('the page’s own Origin is proof enough, whatever a browser says of a WebSocket’s scheme', () => {
    const headers = { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' }
    expect(from({ url: '/socket.io/?EIO=4&transport=websocket', headers })).toBeUndefined()
  })
})
