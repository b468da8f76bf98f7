import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manifest } from '#lib/brokers/rabbitmq/manifest.ts'
import { headersMatch, parseHeaders, topicMatches } from '#lib/brokers/rabbitmq/routing.ts'
import type { Consumer } from '#lib/protocol/room.ts'

describe('a topic pattern', () => {
  test.each([
    ['', '', true],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['*', '', false],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['a.#', 'a', true],
    ['a.#', 'a.b.c', true],
    ['#.c', 'a.b.c', true],
    ['#.#', '', true],
    ['a.#.c', 'a.c', true],
    ['a.*.c', 'a.c', false],
    ['a.#.*', 'a', false],
    ['a*', 'ab', false],
  ])('%j matches %j: %s', (pattern, key, takes) => {
    expect(topicMatches(pattern, key)).toBe(takes)
  })

  test('without wildcards matches exactly itself', () => {
    const key = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }).map((words) => words.join('.'))
    fc.assert(fc.property(key, key, (one, other) => topicMatches(one, other) === (one === other)))
  })
})

describe('the headers of a binding', () => {
  test('are pairs in one line; a pair without a name is left out', () => {
    expect(parseHeaders('a=1, b = 2 ,c,=3,,d=x=y')).toEqual({ a: '1', b: '2', c: '', d: 'x=y' })
    expect(parseHeaders('')).toEqual({})
  })

  test('match every message when all of none are required, and no message when any of none is', () => {
    expect(headersMatch({}, 'all', { a: '1' })).toBe(true)
    expect(headersMatch({}, 'any', { a: '1' })).toBe(false)
  })
})

describe('the preview of a draft', () => {
  const subscriber = (name: string, bindingKey: string, state: Consumer['state'] = 'attached'): Consumer => ({
    id: `rabbitmq:news:${name}`,
    name,
    system: 'rabbitmq',
    destination: 'news',
    settings: { bindingKey },
    state,
  })

  test('names the subscribers that are attached and whose binding matches', () => {
    const consumers = [
      subscriber('eu', 'eu.#'),
      subscriber('us', 'us.#'),
      subscriber('gone', 'eu.#', 'crashed'),
      subscriber('paused', '#', 'paused'),
    ]
    const draft = { key: 'eu.orders', headers: {}, settings: {} }
    const place = { settings: { exchange: 'topic' }, consumers, facts: null }
    expect(manifest.modes.fanout?.preview?.(draft, place)).toEqual({
      kind: 'consumers',
      names: ['eu', 'paused'],
    })
  })

  test('is open when the type of the exchange is unknown', () => {
    const place = { settings: { exchange: 'x-delayed' }, consumers: [], facts: null }
    expect(manifest.modes.fanout?.preview?.({ key: '', headers: {}, settings: {} }, place)).toEqual({
      kind: 'open',
    })
  })
})
