import { expect, it } from 'vitest'
import { matchesGlob } from '#lib/util/glob.ts'

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
