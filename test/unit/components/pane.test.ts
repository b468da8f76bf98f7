import { describe, expect, test } from 'vitest'
import { createRate, rateAt } from '#components/feed/rate.ts'
import { historyRows, newSince, openHistory } from '#components/pane/history.ts'
import { jackLook } from '#components/pane/jack.ts'
import type { PaneRow, PaneView } from '#lib/ledger/model/views.ts'

const row = (number: number) => ({ type: 'gap', key: String(number) }) as PaneRow
const pane = (from: number, to: number): PaneView =>
  ({
    rows: Array.from({ length: to - from }, (_, index) => row(from + index)),
    dropped: from,
  }) as unknown as PaneView
const keys = (rows: ReturnType<typeof historyRows>) =>
  Array.from({ length: rows.count }, (_, index) => rows.at(index)?.key)

describe('history under a reader', () => {
  test('grows with what arrives and keeps what the ledger lets go of', () => {
    const history = openHistory(pane(0, 3), new Map(), 0)
    const later = pane(2, 5)
    expect(keys(historyRows(history, later))).toEqual(['0', '1', '2', '3', '4'])
    expect(newSince(history, later)).toBe(2)
  })

  test('stops growing where rows between were never seen, and still counts them', () => {
    const history = openHistory(pane(0, 3), new Map(), 0)
    const muchLater = pane(100, 103)
    expect(keys(historyRows(history, muchLater))).toEqual(['0', '1', '2'])
    expect(newSince(history, muchLater)).toBe(100)
  })
})

describe('a rate', () => {
  test('is the rise within the last second', () => {
    const rate = createRate()
    const seen = [0, 250, 500, 750, 1_000, 1_250, 1_500].map((at) => rate.sample(at / 50, at))
    expect(seen.at(-1)).toBe(20)
  })
  test('falls to nothing when nothing comes', () => {
    const rate = createRate()
    rate.sample(0, 0)
    rate.sample(50, 100)
    rate.sample(50, 1_200)
    expect(rate.sample(50, 2_400)).toBe(0)
  })
  test('begins anew when the counter does', () => {
    const rate = createRate()
    rate.sample(100, 0)
    expect(rate.sample(3, 100)).toBe(0)
  })
})

describe('a rate at a moment of a recording', () => {
  const arrivals = (...times: number[]) =>
    times.map((at) => ({ type: 'delivery', delivery: { at } })) as unknown as PaneRow[]

  test('is what arrived in the second before it, whatever rows lie between', () => {
    const rows = [...arrivals(0, 400, 900), row(1), ...arrivals(1_300)]
    expect(rateAt(rows, 0, 1_350)).toBe(3)
    expect(rateAt(rows, 0, 2_200)).toBe(1)
    expect(rateAt(rows, 0, 9_000)).toBe(0)
  })

  test('is an average where the rows held cover less than a second', () => {
    const rows = arrivals(...Array.from({ length: 500 }, (_, index) => 4_500 + index))
    expect(rateAt(rows, 2_000, 5_000)).toBe(1_000)
    expect(rateAt(rows, 0, 5_000)).toBe(500)
  })
})

test('a jack shows its state by shape', () => {
  expect(jackLook('attached', true, true)).toBe('jack plugged')
  expect(jackLook('attached', false, true)).toBe('jack')
  expect(jackLook('paused', true, true)).toBe('jack paused')
  expect(jackLook('crashed', false, false)).toBe('jack down')
  expect(jackLook('attached', true, false)).toBe('jack off')
})
