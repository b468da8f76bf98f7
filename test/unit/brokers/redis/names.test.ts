import { expect, it } from 'vitest'
import { globOf, subChannel } from '#lib/brokers/redis/names.ts'
import { matchesGlob } from '#lib/util/glob.ts'

it('an address is meant literally, and a sub-channel is its name, a dot and the key', () => {
  const address = 'odd*[a]?\\^'
  expect(matchesGlob(globOf(address, '.x*'), subChannel(address, 'xyz'))).toBe(true)
  expect(matchesGlob(globOf(address, '*'), 'oddZa?\\^')).toBe(false)
  expect(subChannel('news', undefined)).toBe('news')
  expect(subChannel('news', '')).toBe('news')
})
