import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/**
 * The same as `expect(actual).toEqual(expected)`, many times faster while they are equal: for property tests, which compare
 * whole ledgers hundreds of times.
 */
export function expectSame<T>(actual: T, expected: T): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}
