import { expect, test } from 'vitest'
import { createCallerOf } from '#lib/access/caller.ts'
import { tokenCookie, tokenIn } from '#lib/access/credentials.ts'
import { baseUrlsOf, isShared, loadConfig, SHARE_DEFAULTS, trustedProxiesOf } from '#lib/config/config.ts'
import { ownNames } from '#lib/http/machine-names.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'

const forwarded = {
  host: '127.0.0.1:3000',
  'x-forwarded-for': '6.6.6.6, 203.0.113.9',
  'x-forwarded-host': 'board.example',
  'x-forwarded-proto': 'https',
}
const from = (remoteAddress: string) => ({ headers: forwarded, socket: { remoteAddress } })

test('forwarded headers count for nothing unless a proxy is trusted: anybody can send them', () => {
  const caller = createCallerOf('nobody')(from('::ffff:10.0.0.5'))
  expect(caller).toEqual({ address: '10.0.0.5', host: '127.0.0.1:3000', secure: false })
})

test('of a trusted proxy they say who asks, and how: the entry that the proxy itself has added', () => {
  const expected = { address: '203.0.113.9', host: 'board.example', secure: true }
  expect(createCallerOf('whoever-connects')(from('127.0.0.1'))).toEqual(expected)
  expect(createCallerOf(['127.0.0.1'])(from('127.0.0.1'))).toEqual(expected)
  expect(createCallerOf(['127.0.0.1'])(from('10.0.0.5')).address).toBe('10.0.0.5')
  const chain = {
    ...from('127.0.0.1'),
    headers: { ...forwarded, 'x-forwarded-for': '203.0.113.9, 10.1.1.1' },
  }
  expect(createCallerOf(['127.0.0.1', '10.1.1.1'])(chain).address).toBe('203.0.113.9')
})

test('a forwarded address that is none is left aside', () => {
  const odd = { ...from('127.0.0.1'), headers: { ...forwarded, 'x-forwarded-for': 'x\u202e, unknown' } }
  expect(createCallerOf('whoever-connects')(odd).address).toBe('127.0.0.1')
})

test('a token comes in Authorization or in a cookie; the former wins, whatever it holds', () => {
  expect(tokenIn({ authorization: 'Bearer a.b.c', cookie: 'switchboard=x' })).toBe('a.b.c')
  expect(tokenIn({ authorization: 'Basic abc', cookie: 'switchboard=x' })).toBe('')
  expect(tokenIn({ cookie: 'other=1; switchboard=x.y.z' })).toBe('x.y.z')
  expect(tokenIn({ cookie: 'xswitchboard=x' })).toBeUndefined()
  expect(tokenIn({})).toBeUndefined()
})

test('no script can read the cookie, no other site can send it, and over TLS it is sent over TLS alone', () => {
  const cookie = tokenCookie({ token: 'a.b.c', expiresAt: Date.now() + 60_500, secure: true, basePath: '' })
  expect(cookie).toBe('switchboard=a.b.c; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure')
  expect(tokenCookie({ token: 'a', expiresAt: 0, secure: false, basePath: '' })).not.toContain('Secure')
})

test('a host that other machines reach is shared, loopback is not, and SHARE decides otherwise', () => {
  const shared = (env: Record<string, string>, defaults = {}) => isShared(loadConfig(env, defaults))
  expect(shared({})).toBe(false)
  for (const HOST of ['localhost', '127.0.0.1', '127.0.1.1', '::1']) expect(shared({ HOST })).toBe(false)
  for (const HOST of ['0.0.0.0', '::', '192.168.1.7', 'desk.local']) expect(shared({ HOST })).toBe(true)
  expect(shared({ HOST: '0.0.0.0', SHARE: 'off' })).toBe(false)
  expect(shared({}, SHARE_DEFAULTS)).toBe(true)
  expect(loadConfig({}, SHARE_DEFAULTS).HOST).toBe('0.0.0.0')
  expect(loadConfig({ HOST: '127.0.0.1' }, SHARE_DEFAULTS)).toMatchObject({ HOST: '127.0.0.1', SHARE: 'on' })
})

test('BASE_URL may name several addresses, TRUST_PROXY one proxy or several', () => {
  const config = loadConfig({
    BASE_URL: 'https://a.example/, http://b.example:81',
    TRUST_PROXY: '10.0.0.1, ::1',
  })
  expect(baseUrlsOf(config)).toEqual(['https://a.example', 'http://b.example:81'])
  expect(trustedProxiesOf(config)).toEqual(['10.0.0.1', '::1'])
  expect(trustedProxiesOf(loadConfig({ TRUST_PROXY: '1' }))).toBe('whoever-connects')
  expect(trustedProxiesOf(loadConfig({}))).toBe('nobody')
  expect(() => loadConfig({ TRUST_PROXY: 'proxy.local' })).toThrow('TRUST_PROXY')
  expect(() => loadConfig({ BASE_URL: 'https://a.example, b' })).toThrow('BASE_URL')
})

test('a machine goes by its name, with and without .local, and by no other', () => {
  expect(ownNames('Desk')).toEqual(['desk', 'desk.local'])
  expect(ownNames('desk.lan')).toEqual(['desk.lan', 'desk', 'desk.local'])
  const guard = createOriginGuard({ host: '0.0.0.0', port: () => 3000 })
  const [name = ''] = ownNames()
  const asked = (host: string) => guard.fault({ method: 'GET', url: '/', headers: { host } })
  expect(asked(`${name}:3000`)).toBeUndefined()
  expect(asked(`${name}:4000`)?.code).toBe('forbidden-host')
  expect(asked(`${name}.evil.example:3000`)?.code).toBe('forbidden-host')
})

test('behind a trusted proxy the host that people ask for is the one that it forwards', () => {
  const callerOf = createCallerOf(['127.0.0.1'])
  const guard = createOriginGuard({
    host: '127.0.0.1',
    port: () => 3000,
    baseUrls: ['https://board.example', 'https://second.example'],
    callerOf,
  })
  const asked = (host: string, remoteAddress = '127.0.0.1') =>
    guard.fault({
      method: 'GET',
      url: '/',
      headers: { host: '127.0.0.1:3000', 'x-forwarded-host': host, origin: `https://${host}` },
      socket: { remoteAddress },
    })
  expect(asked('board.example')).toBeUndefined()
  expect(asked('second.example')).toBeUndefined()
  expect(asked('evil.example')?.code).toBe('forbidden-host')
  expect(asked('board.example', '10.0.0.5')).toBeUndefined()
  expect(asked('evil.example', '10.0.0.5')?.code).toBe('forbidden-origin')
})
