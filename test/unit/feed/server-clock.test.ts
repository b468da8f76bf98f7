import { describe, expect, test } from 'vitest'
import { createServerClock } from '#lib/feed/server-clock.ts'

const MINUTE_MS = 60_000

/** A browser whose date is wrong by `wrongBy`, and a server; `hear` is what the server stated `late` milliseconds ago. */
function world(wrongBy: number) {
  let server = 1_800_000_000_000
  let monotonic = 5_000
  let date = server + wrongBy
  const clock = createServerClock({ monotonic: () => monotonic, date: () => date })
  return {
    clock,
    pass: (ms: number) => {
      server += ms
      monotonic += ms
      date += ms
    },
    setServer: (by: number) => {
      server += by
    },
    setBrowser: (by: number) => {
      date += by
    },
    hear: (late = 0) => clock.noteServerTime(server - late),
    wrong: () => clock.now() - server,
  }
}

describe('the server’s clock', () => {
  test.each([10 * MINUTE_MS, -10 * MINUTE_MS, 0])(
    'is known from the first time stated, with the browser’s date wrong by %d ms',
    (wrongBy) => {
      const { hear, pass, wrong } = world(wrongBy)
      expect(wrong()).toBe(wrongBy)
      hear(40)
      expect(wrong()).toBe(-40)
      pass(5 * MINUTE_MS)
      expect(wrong()).toBe(-40)
    },
  )

  test('goes by the promptest of what was heard, and by no step of the browser’s date', () => {
    const { hear, pass, setBrowser, wrong } = world(3_000)
    for (const late of [80, 900, 12, 400]) {
      hear(late)
      pass(250)
    }
    expect(wrong()).toBe(-12)
    setBrowser(-10 * MINUTE_MS)
    expect(wrong()).toBe(-12)
  })

  test('is followed at once when it is set forward, and within a minute of news when it is set back', () => {
    const { hear, pass, setServer, wrong } = world(0)
    hear()
    setServer(2 * MINUTE_MS)
    hear()
    expect(wrong()).toBe(0)
    setServer(-2 * MINUTE_MS)
    for (let second = 0; second <= 61; second += 1) {
      pass(1_000)
      hear()
    }
    expect(wrong()).toBe(0)
  })

  test('is learnt anew from another server, and kept until that one has stated a time', () => {
    const { clock, hear, setServer, wrong } = world(0)
    hear()
    setServer(-10 * MINUTE_MS)
    clock.restart()
    expect(wrong()).toBe(10 * MINUTE_MS)
    hear(25)
    expect(wrong()).toBe(-25)
  })
})
