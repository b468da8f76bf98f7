import { expect, test } from 'vitest'
import { figuresOf } from '#components/ledger/lane-strip.tsx'
import type { TallyView } from '#lib/ledger/model/count-views.ts'

const NONE: TallyView = {
  sent: 0,
  seen: 0,
  waiting: 0,
  lost: 0,
  unknown: 0,
  moved: 0,
  refused: 0,
  outside: 0,
  duplicates: 0,
  late: 0,
  unreadable: 0,
}
const inOrder = (tally: Partial<TallyView>) => {
  const { figures, more } = figuresOf({ ...NONE, ...tally })
  return [figures, more].map((some) => some.map(({ figure }) => figure))
}

test('a lane’s strip has what matters in fixed places, and the others share one by their weight', () => {
  const first = ['sent', 'seen', 'waiting', 'lost', 'unknown']
  expect(inOrder({})).toEqual([first, []])
  expect(inOrder({ sent: 9, seen: 6, lost: 3 })).toEqual([first, []])
  expect(inOrder({ duplicates: 12, outside: 1, late: 4 })).toEqual([first, ['duplicates', 'late', 'outside']])
})
