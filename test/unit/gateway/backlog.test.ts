import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Backlog } from '#lib/gateway/backlog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('where all sockets together hold too much, each may hold its share and no more', () => {
  const backlog = new Backlog(1_000_000)
  const leave = [600_000, 100_000, 0].map((bytes) => backlog.join({ bytes: () => bytes }))
  expect(backlog.limit(2_000_000)).toBe(2_000_000)
  leave.push(backlog.join({ bytes: () => 500_000 }))
  vi.advanceTimersByTime(100)
  expect(backlog.limit(2_000_000)).toBe(250_000)
  expect(backlog.limit(100_000)).toBe(100_000)
  for (const one of leave) one()
  vi.advanceTimersByTime(100)
  expect(backlog.limit(2_000_000)).toBe(2_000_000)
})
