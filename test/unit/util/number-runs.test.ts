import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasNumber, numbersAfter, runsOf, sizeOf, withoutNumber } from '#lib/util/number-runs.ts'

const numbers = fc.uniqueArray(fc.nat({ max: 40 }))

test('runs of numbers are the set that they were made of, in as few runs as there are', () => {
  fc.assert(
    fc.property(numbers, fc.nat({ max: 40 }), (members, probe) => {
      const runs = runsOf(members)
      expect(sizeOf(runs)).toBe(members.length)
      expect(hasNumber(runs, probe)).toBe(members.includes(probe))
      expect(withoutNumber(runs, probe)).toEqual(runsOf(members.filter((member) => member !== probe)))
      expect(numbersAfter(runs, probe)).toEqual(runsOf(members.filter((member) => member > probe)))
    }),
  )
  expect(runsOf([3, 1, 2, 7])).toEqual([
    [1, 3],
    [7, 7],
  ])
})
