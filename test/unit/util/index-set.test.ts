import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyIndexSet, hasIndex, type IndexSet, NO_INDEXES, withIndex } from '#lib/util/index-set.ts'

const indices = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 60 })

const marked = (all: readonly number[]): IndexSet => all.reduce<IndexSet>(withIndex, NO_INDEXES)

describe('marks', () => {
  test('hold what was marked and nothing else, however many and however high', () => {
    fc.assert(
      fc.property(indices, (all) => {
        const marks = marked(all)
        const known = new Set(all)
        for (let index = 0; index <= 81; index += 1) expect(hasIndex(marks, index)).toBe(known.has(index))
      }),
    )
  })

  test('of a copy go apart from those they were copied from', () => {
    fc.assert(
      fc.property(indices, fc.integer({ min: 0, max: 80 }), (all, more) => {
        const marks = marked(all)
        const before = hasIndex(marks, more)
        withIndex(copyIndexSet(marks), more)
        expect(hasIndex(marks, more)).toBe(before)
      }),
    )
  })
})
