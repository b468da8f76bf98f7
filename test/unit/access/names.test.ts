import { expect, test } from 'vitest'
import { createReservedNames } from '#lib/access/reserved-names.ts'

test('a name is one person’s in a room, however it is written', () => {
  const { reserve, nameOf } = createReservedNames()
  expect(reserve('den', 'ada', 'Ada')).toBe(true)
  expect(reserve('den', 'ada', 'Ada')).toBe(true)
  for (const alike of ['Ada', 'ADA', 'A d a', '\uff21da', 'ad\u0061'])
    expect(reserve('den', 'eve', alike), alike).toBe(false)
  expect(reserve('lobby', 'eve', 'Ada')).toBe(true)
  expect(nameOf('den', 'ada')).toBe('Ada')
  expect(nameOf('den', 'eve')).toBeUndefined()
})

test('who takes another name leaves the one before to others', () => {
  const { reserve, nameOf } = createReservedNames()
  reserve('den', 'ada', 'Ada')
  reserve('den', 'ada', 'Countess')
  expect(reserve('den', 'eve', 'Ada')).toBe(true)
  expect([nameOf('den', 'ada'), nameOf('den', 'eve')]).toEqual(['Countess', 'Ada'])
})

test('a name that nobody was heard of under for half a day is free, and ten thousands of them are forgotten', () => {
  let at = 0
  const { reserve } = createReservedNames(() => at)
  reserve('den', 'ada', 'Ada')
  at += 13 * 3_600_000
  expect(reserve('den', 'eve', 'Ada')).toBe(true)
  for (let n = 0; n < 25_000; n += 1) reserve('den', `p-${n}`, `Name ${n}`)
  expect(reserve('den', 'mallory', 'Ada')).toBe(true)
})
