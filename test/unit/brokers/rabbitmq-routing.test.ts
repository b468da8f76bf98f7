import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fanoutMode } from '#lib/brokers/rabbitmq/manifest-fanout.ts'
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
  ])('%j takes %j: %s', (pattern, key, takes) => {
    expect(topicMatches(pattern, key)).toBe(takes)
  })

  test('without wildcards takes exactly itself', () => {
    const key = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }).map((words) => words.join('.'))
    fc.assert(fc.property(key, key, (one, other) => topicMatches(one, other) === (one === other)))
  })
})

describe('headers asked for', () => {
  test('are pairs in one line; what has no name is left out', () => {
    expect(parseHeaders('a=1, b = 2 ,c,=3,,d=x=y')).toEqual({ a: '1', b: '2', c: '', d: 'x=y' })
    expect(parseHeaders('')).toEqual({})
  })

  test('none are in every message, and none of none in no message', () => {
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

  test('names those who are there and whose binding takes it', () => {
    const consumers = [
      subscriber('eu', 'eu.#'),
      subscriber('us', 'us.#'),
      subscriber('gone', 'eu.#', 'crashed'),
      subscriber('paused', '#', 'paused'),
    ]
    const draft = { key: 'eu.orders', headers: {}, settings: {} }
    const place = { settings: { exchange: 'topic' }, consumers, facts: null }
    expect(fanoutMode.preview?.(draft, place)).toEqual({ kind: 'consumers', names: ['eu', 'paused'] })
  })

  test('says that it is open when the exchange is none it knows', () => {
    const place = { settings: { exchange: 'x-delayed' }, consumers: [], facts: null }
    expect(fanoutMode.preview?.({ key: '', headers: {}, settings: {} }, place)).toEqual({ kind: 'open' })
  })
})
