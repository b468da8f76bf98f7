import { describe, expect, test } from 'vitest'
import { createOriginGuard } from '#lib/http/origin-guard.ts'

const guard = createOriginGuard({ host: '127.0.0.1', port: () => 3000 })
const ask = (host: string | undefined, origin?: string, by = guard) =>
  by.fault({ headers: { host, origin } })?.code

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
    const named = createOriginGuard({ host: '0.0.0.0', port: () => 3000, baseUrl: 'https://board.example' })
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
