import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseBaseUrls, pathWithin } from '#lib/util/base-path.mjs'
import { currentPath, pageAddress } from '#lib/util/page-address.ts'

describe('BASE_URL', () => {
  test.each([
    [undefined, ''],
    ['', ''],
    ['https://hall.example', ''],
    ['https://hall.example/', ''],
    ['https://hall.example/switchboard', '/switchboard'],
    ['https://hall.example/switchboard/', '/switchboard'],
    ['http://[::1]:8080/tools/switch.board~2_a-b', '/tools/switch.board~2_a-b'],
    ['https://a.example/x, http://b.example:81/x/', '/x'],
  ])('%s has the base path "%s"', (baseUrls, basePath) => {
    expect(parseBaseUrls(baseUrls).basePath).toBe(basePath)
  })

  test('its addresses keep their path, without a slash at the end', () => {
    const { addresses } = parseBaseUrls('https://A.example:443/x/, http://b.example:81/x')
    expect(addresses).toEqual(['https://a.example/x', 'http://b.example:81/x'])
  })

  test.each([
    ['no address', 'hall.example/switchboard'],
    ['another scheme', 'ftp://hall.example'],
    ['a query', 'https://hall.example/?room=lobby'],
    ['a fragment', 'https://hall.example/#flow'],
    ['an escape', 'https://hall.example/a%20b'],
    ['a space', 'https://hall.example/a b'],
    ['letters that become escapes', 'https://hall.example/brett-für-alle'],
    ['what is a pattern to the router', 'https://hall.example/:room'],
    ['a step upwards', 'https://hall.example/a/../b'],
    ['a step to itself', 'https://hall.example/./b'],
    ['an empty segment', 'https://hall.example/a//b'],
    ['a backslash', 'https://hall.example\\a'],
    ['two paths', 'https://a.example/x, https://b.example/y'],
    ['a path and none', 'https://a.example/x, https://b.example'],
  ])('with %s is refused in words that name it', (_, baseUrls) => {
    expect(() => parseBaseUrls(baseUrls)).toThrow('BASE_URL')
  })
})

test('a path lies within the base path, or outside', () => {
  expect(pathWithin('', '/r/lobby')).toBe('/r/lobby')
  expect(pathWithin('/x', '/x')).toBe('/')
  expect(pathWithin('/x', '/x/')).toBe('/')
  expect(pathWithin('/x', '/x/r/lobby')).toBe('/r/lobby')
  expect(pathWithin('/x', '/x/x')).toBe('/x')
  for (const outside of ['/', '/xy', '/y/x', '/X', '/%78']) expect(pathWithin('/x', outside)).toBeUndefined()
})

describe('in a page', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.unstubAllGlobals()
  })

  test('addresses lie below the base path that the page was built with, and at the root without one', () => {
    expect(pageAddress('/r/lobby')).toBe('/r/lobby')
    vi.stubEnv('SWITCHBOARD_BASE_PATH', '/switchboard')
    expect(pageAddress('/r/lobby')).toBe('/switchboard/r/lobby')
    expect(pageAddress('/?lesson=fates')).toBe('/switchboard/?lesson=fates')
  })

  test('the path is the one within the dashboard', () => {
    vi.stubEnv('SWITCHBOARD_BASE_PATH', '/r/hall')
    vi.stubGlobal('location', { pathname: '/r/hall/r/lobby' })
    expect(currentPath()).toBe('/r/lobby')
    vi.stubGlobal('location', { pathname: '/r/hall' })
    expect(currentPath()).toBe('/')
  })
})
