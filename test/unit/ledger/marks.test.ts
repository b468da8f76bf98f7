import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyMarks, hasMark, type Marks, NO_MARKS, withMark } from '#lib/ledger/marks.ts'

const indices = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 60 })

const marked = (all: readonly number[]): Marks => all.reduce<Marks>(withMark, NO_MARKS)

describe('marks', () => {
  test('hold what was marked and nothing else, however many and however high', () => {
    fc.assert(
      fc.property(indices, (all) => {
        const marks = marked(all)
        const known = new Set(all)
        for (let index = 0; index <= 81; index += 1) expect(hasMark(marks, index)).toBe(known.has(index))
      }),
    )
  })

  test('of a copy go apart from those they were copied from', () => {
    fc.assert(
      fc.property(indices, fc.integer({ min: 0, max: 80 }), (all, more) => {
        const marks = marked(all)
        const before = hasMark(marks, more)
        withMark(copyMarks(marks), more)
        expect(hasMark(marks, more)).toBe(before)
      }),
    )
  })
})
