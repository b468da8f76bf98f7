import { expect, it } from 'vitest'
import { globOf, matchesGlob, subChannel } from '#lib/brokers/redis/channel-names.ts'

it.each([
  ['*', '', true],
  ['*', 'anything', true],
  ['news.*', 'news.', true],
  ['news.*', 'news', false],
  ['h?llo', 'hello', true],
  ['h?llo', 'hllo', false],
  ['?', 'ä', false],
  ['??', 'ä', true],
  ['h[ae]llo', 'hallo', true],
  ['h[ae]llo', 'hillo', false],
  ['h[^e]llo', 'hallo', true],
  ['h[^e]llo', 'hello', false],
  ['[a-c]', 'b', true],
  ['[c-a]', 'b', true],
  ['[a-c]', 'd', false],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['abc', 'abcd', false],
  ['[ab', 'a', true],
])('%s and %s: %s, as Redis has it', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected)
})

it('no pattern takes long to match, however many stars it has', () => {
  const startedAt = performance.now()
  expect(matchesGlob(`${'*a'.repeat(60)}b`, 'a'.repeat(400))).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(500)
})

it('an address is meant literally, and a sub-channel is its name, a dot and the key', () => {
  const address = 'odd*[a]?\\^'
  expect(matchesGlob(globOf(address, '.x*'), subChannel(address, 'xyz'))).toBe(true)
  expect(matchesGlob(globOf(address, '*'), 'oddZa?\\^')).toBe(false)
  expect(subChannel('news', undefined)).toBe('news')
  expect(subChannel('news', '')).toBe('news')
})
