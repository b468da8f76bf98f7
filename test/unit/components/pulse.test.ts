import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPulse } from '#components/feed/pulse.ts'
import type { Feed } from '#lib/feed/feed.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('requestAnimationFrame', (work: () => void) => setTimeout(work, 16))
  vi.stubGlobal('cancelAnimationFrame', clearTimeout)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A feed of which only the number of its last event is looked at. */
function feedAt() {
  let seq = 0
  let notify = () => undefined as undefined
  const feed = {
    get views() {
      return { seq }
    },
    subscribe: (listener: () => undefined) => {
      notify = listener
      return () => undefined
    },
  } as unknown as Feed
  return {
    feed,
    come: (events: number) => {
      seq += events
      notify()
    },
  }
}

test('once nothing happens any more the room is not busy, and subscribers are called once more', () => {
  const { feed, come } = feedAt()
  const pulse = createPulse(feed)
  const looks: boolean[] = []
  pulse.subscribe('calm', () => looks.push(pulse.busy))
  come(1)
  vi.advanceTimersByTime(60)
  come(500)
  expect(pulse.busy).toBe(true)
  vi.advanceTimersByTime(3_000)
  expect(pulse.busy).toBe(false)
  expect(looks.at(-1)).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})
