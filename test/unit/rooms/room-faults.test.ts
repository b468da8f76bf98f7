import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RoomFault } from '#lib/rooms/room-context.ts'
import { RoomFaults } from '#lib/rooms/room-faults.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function faults() {
  const seen: RoomFault[] = []
  const all = new RoomFaults((fault) => void seen.push(fault))
  return { all, seen }
}
const refused = (more: Partial<RoomFault> = {}): RoomFault => ({
  system: 'redis',
  destination: 'jobs',
  consumer: 'worker-1',
  code: 'broker-refused',
  text: 'READONLY',
  ...more,
})

describe('faults of a room', () => {
  test('that repeat are reported at once, and then with their count, ever more rarely', async () => {
    const { all, seen } = faults()
    for (let tenths = 0; tenths < 100; tenths += 1) {
      all.add(refused())
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(seen.map(({ count }) => count)).toEqual([undefined, 10, 30, 70])
  })

  test('that come for an hour fill no history', async () => {
    const { all, seen } = faults()
    for (let seconds = 0; seconds < 3_600; seconds += 1) {
      all.add(refused())
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(seen.length).toBeLessThan(80)
    expect(seen.at(-1)?.count).toBeGreaterThan(3_500)
  })

  test('of other places and of other words are others; numbers in the words make no difference', () => {
    const { all, seen } = faults()
    all.add(refused())
    all.add(refused({ consumer: 'worker-2' }))
    all.add(refused({ text: 'OOM' }))
    all.add(refused({ text: 'delivery 7 is unknown' }))
    all.add(refused({ text: 'delivery 8 is unknown' }))
    expect(seen).toHaveLength(4)
  })

  test('of endlessly many words are reported by their code and place', async () => {
    const { all, seen } = faults()
    for (let letters = 'a'; letters.length < 1_000; letters += 'a') all.add(refused({ text: letters }))
    expect(seen.length).toBeLessThan(250)
  })

  test('that come again after their pause are reported at once, and after a minute more they are news again', async () => {
    const { all, seen } = faults()
    all.add(refused())
    await vi.advanceTimersByTimeAsync(10_000)
    all.add(refused())
    await vi.advanceTimersByTimeAsync(70_000)
    all.add(refused())
    expect(seen.map(({ count }) => count)).toEqual([undefined, 2, undefined])
  })

  test('are reported no more once the room is closed', async () => {
    const { all, seen } = faults()
    all.add(refused())
    all.add(refused())
    all.close()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(seen).toHaveLength(1)
  })
})
