import { expect, test } from 'vitest'
import { createGuesses, networkOf } from '#lib/access/guesses.ts'
import { AppError } from '#lib/protocol/errors.ts'

const MINUTE_MS = 60_000

function open() {
  let at = 0
  const guesses = createGuesses(() => at)
  const wait = (address: string): number => {
    try {
      guesses.checkMayGuess(address)
      return 0
    } catch (error) {
      return error instanceof AppError ? (error.retryAfterMs ?? 0) : Number.NaN
    }
  }
  return { guesses, wait, pass: (ms: number) => (at += ms) }
}

test('after five wrong codes each one more doubles the time until the next, up to a minute', () => {
  const { guesses, wait, pass } = open()
  const waits = Array.from({ length: 14 }, () => {
    guesses.missed('10.0.0.1')
    const ms = wait('10.0.0.1')
    pass(ms)
    return ms
  })
  expect(waits.slice(0, 4)).toEqual([0, 0, 0, 0])
  expect(waits.slice(4)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
})

test('other addresses do not wait, and who has missed nothing for ten minutes begins anew', () => {
  const { guesses, wait, pass } = open()
  for (let n = 0; n < 20; n += 1) guesses.missed('10.0.0.1')
  expect(wait('10.0.0.1')).toBe(MINUTE_MS)
  expect(wait('10.0.0.2')).toBe(0)
  pass(10 * MINUTE_MS)
  guesses.missed('10.0.0.1')
  expect(wait('10.0.0.1')).toBe(0)
})

test('the addresses of one IPv6 network count as one, and an IPv4 address written as IPv6 counts as itself', () => {
  expect(networkOf('2001:db8:0:7::1')).toBe(networkOf('2001:db8::7:ab:cd:1:2'))
  expect(networkOf('2001:db8:0:7::1')).not.toBe(networkOf('2001:db8:0:8::1'))
  expect(networkOf('::ffff:10.0.0.1')).toBe(networkOf('10.0.0.1'))
  expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'))
})
