import { expect, test } from 'vitest'
import { createNameClaims } from '#lib/access/name-claims.ts'

test('a name is one person’s in a room, however it is written', () => {
  const { claim, nameOf } = createNameClaims()
  expect(claim('den', 'ada', 'Ada')).toBe(true)
  expect(claim('den', 'ada', 'Ada')).toBe(true)
  for (const alike of ['Ada', 'ADA', 'A d a', '\uff21da', 'ad\u0061'])
    expect(claim('den', 'eve', alike), alike).toBe(false)
  expect(claim('lobby', 'eve', 'Ada')).toBe(true)
  expect(nameOf('den', 'ada')).toBe('Ada')
  expect(nameOf('den', 'eve')).toBeUndefined()
})

test('who takes another name leaves the one before to others', () => {
  const { claim, nameOf } = createNameClaims()
  claim('den', 'ada', 'Ada')
  claim('den', 'ada', 'Countess')
  expect(claim('den', 'eve', 'Ada')).toBe(true)
  expect([nameOf('den', 'ada'), nameOf('den', 'eve')]).toEqual(['Countess', 'Ada'])
})

test('a name that nobody was heard of under for half a day is free, and ten thousands of them are forgotten', () => {
  let at = 0
  const { claim } = createNameClaims(() => at)
  claim('den', 'ada', 'Ada')
  at += 13 * 3_600_000
  expect(claim('den', 'eve', 'Ada')).toBe(true)
  for (let n = 0; n < 25_000; n += 1) claim('den', `p-${n}`, `Name ${n}`)
  expect(claim('den', 'mallory', 'Ada')).toBe(true)
})
