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

test('names outlive the process in the order in which people were heard of, but not their half day', () => {
  let at = 0
  const before = createReservedNames(() => at)
  before.reserve('den', 'ada', 'Ada')
  before.reserve('lobby', 'cy', 'Cy')
  at += 13 * 3_600_000
  before.reserve('den', 'bo', 'Bo')
  const kept = before.toPersist()
  expect(kept.get('den')?.map(({ name }) => name)).toEqual(['Bo'])
  expect(kept.get('lobby')).toBeUndefined()

  const after = createReservedNames(() => at)
  after.restore('den', kept.get('den') ?? [])
  expect(after.nameOf('den', 'bo')).toBe('Bo')
  expect(after.reserve('den', 'eve', 'BO')).toBe(false)
  expect(after.reserve('den', 'bo', 'Bo')).toBe(true)
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

test('a name spelled with look-alike letters or digits counts as the same name', () => {
  const { reserve } = createReservedNames()
  for (const [n, [name, ...alike]] of [
    ['Ada', 'Аda', 'Adа', 'ΑDΑ'],
    ['Pope', 'Роре', 'ρορε', 'P0PE'],
    ['Ian', 'lan', '1an', 'Іan', '|an'],
    ['Вова', 'Boвa'],
  ].entries()) {
    expect(reserve('den', `owner-${n}`, name ?? '')).toBe(true)
    for (const other of alike) expect([other, reserve('den', 'eve', other)]).toEqual([other, false])
  }
  for (const [n, other] of ['Adam', 'Адам', 'José', 'Jose', 'Иван', 'Γιώργος', 'דנה', '小明', '🦊'].entries())
    expect([other, reserve('den', `another-${n}`, other)]).toEqual([other, true])
})

test('only a presenter may have a name that says presenter', () => {
  const { reserve } = createReservedNames()
  for (const name of ['Presenter', 'PRESENTER', 'Pre senter', 'Рresenter', 'Switchboard'])
    expect([name, reserve('den', 'eve', name)]).toEqual([name, false])
  expect(reserve('den', 'pat', 'Presenter', 'presenter')).toBe(true)
  expect(reserve('den', 'eve', 'Presenters’ friend')).toBe(true)
})

test('a person who comes back and whose name is taken by now gets it with a number', () => {
  const { reserve, reserveOneOf } = createReservedNames()
  reserve('den', 'eve', 'Ada')
  expect(reserveOneOf('den', 'ada', ['Countess', 'Ada'])).toBe('Countess')
  expect(reserveOneOf('den', 'ada', ['Ada', 'Ada'])).toBe('Ada 2')
  expect(reserveOneOf('den', 'other', ['ADA', 'ADA'])).toBe('ADA 3')
  const long = 'x'.repeat(40)
  reserve('den', 'eve', long)
  expect(reserveOneOf('den', 'long', [long, long]).length).toBeLessThanOrEqual(40)
  // Who has a name keeps it as it is.
  expect(reserveOneOf('den', 'ada', ['Ada 2', 'Ada'])).toBe('Ada 2')
})
