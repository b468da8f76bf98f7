import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTracer, type Tracer } from '#lib/feed/tracer.ts'

let tracer: Tracer
let newest: string | undefined
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  newest = undefined
  tracer = createTracer(
    Date.now,
    () => undefined,
    () => tracer.offer(newest),
  )
})
afterEach(() => {
  tracer.close()
  vi.useRealTimers()
})

const say = (id: string) => {
  newest = id
  tracer.offer(id)
}
const traced = () => tracer.trace.messageId

describe('the trace', () => {
  test('moves to the first message at once', () => {
    say('a')
    expect(tracer.trace).toEqual({ messageId: 'a', pinned: false, since: 1_000_000 })
  })

  test('stays for four seconds before it moves to another person’s newest message', () => {
    say('a')
    vi.advanceTimersByTime(3_000)
    say('b')
    say('c')
    vi.advanceTimersByTime(999)
    expect(traced()).toBe('a')
    vi.advanceTimersByTime(1)
    expect(traced()).toBe('c')
  })

  test('moves to an own send at once', () => {
    say('a')
    tracer.own('mine')
    expect(traced()).toBe('mine')
  })

  test('stays calm when own sends come faster than five a second', () => {
    for (let index = 1; index <= 9; index += 1) {
      tracer.own(`mine-${index}`)
      vi.advanceTimersByTime(50)
    }
    expect(traced()).toBe('mine-5')
    vi.advanceTimersByTime(1_000)
    tracer.own('mine-10')
    expect(traced()).toBe('mine-10')
  })

  test('stays where a person pinned it until it is released', () => {
    say('a')
    tracer.pin('a')
    tracer.own('mine')
    say('b')
    vi.advanceTimersByTime(60_000)
    expect(tracer.trace).toMatchObject({ messageId: 'a', pinned: true })
    tracer.pin(null)
    say('b')
    expect(tracer.trace).toMatchObject({ messageId: 'b', pinned: false })
  })
})
