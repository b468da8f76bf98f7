import { describe, expect, test } from 'vitest'
import { firstOfNewest, happeningsAt } from '#components/pane/happenings.ts'
import type { PaneRow } from '#lib/ledger/model/views.ts'

/** `d` is an arrival, `h` something that happened to the consumer. Each row's key is its index. */
const log = (kinds: string): PaneRow[] =>
  [...kinds].map((kind, index) => ({
    type: kind === 'd' ? 'delivery' : 'state',
    key: String(index),
  })) as PaneRow[]

const lines = (kinds: string): string[] => {
  const rows = log(kinds)
  return rows.map((_, index) =>
    happeningsAt((at) => rows[at], index)
      .map(({ key }) => key)
      .join(' '),
  )
}

describe('what happened to a consumer', () => {
  test('in a row shares the line of the newest, newest first', () => {
    expect(lines('dhhhd')).toEqual(['', '', '', '3 2 1', ''])
  })

  test('keeps a line of its own between two arrivals', () => {
    expect(lines('hdhd')).toEqual(['0', '', '2', ''])
  })

  test('counts as one row among the newest', () => {
    expect(firstOfNewest(log('ddhhhhd'), 2)).toBe(2)
    expect(firstOfNewest(log('ddhhhhd'), 3)).toBe(1)
    expect(firstOfNewest(log('hhhhhh'), 1)).toBe(0)
    expect(firstOfNewest(log('dd'), 16)).toBe(0)
  })
})
