import { afterEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { now } from '#lib/util/clock.ts'

const HOUR_MS = 3_600_000

/** What stands in for the two clocks; given back one by one, since spies of other test files must not come back with them. */
const spies: MockInstance[] = []

/** Both clocks as the machine would show them. */
let wall = Date.now()
let monotonic = performance.now()
const pass = (ms: number) => {
  wall += ms
  monotonic += ms
}

function setClocks(): void {
  spies.push(
    vi.spyOn(Date, 'now').mockImplementation(() => Math.floor(wall)),
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic),
  )
}

afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore()
  now()
})

describe('the clock', () => {
  it.each([2 * HOUR_MS, -2 * HOUR_MS, 1_000, -1_000])(
    'follows the wall after a step of %d ms, or a sleep, and runs on from there',
    (step) => {
      setClocks()
      expect(Math.abs(now() - wall)).toBeLessThan(250)
      wall += step
      expect(Math.abs(now() - wall)).toBeLessThan(1.5)
      const stamp = now()
      pass(10.25)
      expect(now() - stamp).toBeCloseTo(10.25, 2)
    },
  )

  it('runs evenly between steps, with parts of a millisecond, however coarse the wall clock is', () => {
    setClocks()
    wall += 10 * HOUR_MS
    const first = now()
    for (let passed = 0; passed < 500; passed += 0.125) {
      expect(now() - first).toBeCloseTo(passed, 2)
      pass(0.125)
    }
  })

  it('takes an interruption between its two readings for no step', () => {
    setClocks()
    wall += HOUR_MS
    const before = now()
    let interrupted = false
    vi.spyOn(Date, 'now').mockImplementation(() => {
      if (!interrupted) pass(400)
      interrupted = true
      return Math.floor(wall)
    })
    expect(now() - before).toBeCloseTo(400, 2)
    expect(now() - before).toBeCloseTo(400, 2)
  })
})
