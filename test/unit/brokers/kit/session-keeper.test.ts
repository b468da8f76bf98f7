import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SessionKeeper } from '#lib/brokers/kit/session-keeper.ts'
import { createScriptedSession, type ScriptedSession } from './scripted-session.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A keeper whose attempts take their outcome from `outcomes`, in order; without one, an attempt never answers. */
function keep(outcomes: Array<ScriptedSession | Error>) {
  const seen: string[] = []
  const lostAts: Array<number | null> = []
  const keeper = new SessionKeeper<ScriptedSession>({
    establish: (signal, lostAt) => {
      lostAts.push(lostAt)
      const outcome = outcomes.shift()
      if (outcome instanceof Error) return Promise.reject(outcome)
      if (outcome) return Promise.resolve(outcome)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
    onUp: () => void seen.push('up'),
    onLost: (error) => void seen.push(`lost: ${error.message}`),
    onFailed: (error, tries) => void seen.push(`failed ${tries}: ${(error as Error).message}`),
  })
  return { keeper, seen, lostAts }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('a session keeper', () => {
  test('tries again, with pauses that grow up to a second, until a session is up', async () => {
    const failures = Array.from({ length: 8 }, () => new Error('refused'))
    const { keeper, seen } = keep([...failures, createScriptedSession()])
    keeper.start()
    await settle()
    expect(seen).toEqual(['failed 1: refused'])
    await vi.advanceTimersByTimeAsync(50)
    expect(seen.at(-1)).toBe('failed 2: refused')
    await vi.advanceTimersByTimeAsync(8_000)
    expect(seen.at(-1)).toBe('up')
    expect(seen).toHaveLength(9)
  })

  test('establishes another session after a loss, and passes on when the last one was lost', async () => {
    const [first, second] = [createScriptedSession(), createScriptedSession()]
    const { keeper, seen, lostAts } = keep([first, second])
    keeper.start()
    await settle()
    expect(keeper.session).toBe(first)
    await vi.advanceTimersByTimeAsync(5_000)
    first.end('cut')
    await settle()
    expect(keeper.session).toBeNull()
    await vi.advanceTimersByTimeAsync(50)
    expect(keeper.session).toBe(second)
    expect(seen).toEqual(['up', 'lost: cut', 'up'])
    expect(lostAts[0]).toBeNull()
    expect(lostAts[1]).toBeTypeOf('number')
  })

  test('waits longer each time when sessions live only for a moment', async () => {
    const sessions = Array.from({ length: 20 }, createScriptedSession)
    const { keeper, seen } = keep([...sessions])
    keeper.start()
    for (const session of sessions) session.end('cut again')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(seen.filter((line) => line === 'up').length).toBeLessThan(12)
  })

  test('waits ever longer, up to ten seconds, when sessions end by themselves soon after each', async () => {
    const sessions = Array.from({ length: 200 }, createScriptedSession)
    const { keeper, seen } = keep([...sessions])
    keeper.start()
    await settle()
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await vi.advanceTimersByTimeAsync(700)
      const ups = seen.filter((line) => line === 'up').length
      sessions[ups - 1]?.end('its fetch fails')
      await vi.advanceTimersByTimeAsync(300)
    }
    expect(seen.filter((line) => line === 'up').length).toBeLessThan(20)
  })

  test('tries at once when it is asked to', async () => {
    const { keeper, seen } = keep([...Array.from({ length: 6 }, () => new Error('away'))])
    keeper.start()
    await settle()
    keeper.retryNow()
    await settle()
    expect(seen).toEqual(['failed 1: away', 'failed 2: away'])
  })

  test('begins with a session that is up already without reporting it', async () => {
    const first = createScriptedSession()
    const { keeper, seen } = keep([])
    keeper.start(first)
    expect(keeper.session).toBe(first)
    first.end('cut')
    await settle()
    expect(seen).toEqual(['lost: cut'])
  })

  test('makes the attempt under way give up when it is stopped, and reports nothing afterwards', async () => {
    const { keeper, seen } = keep([])
    keeper.start()
    await settle()
    await Promise.all([keeper.stop(), keeper.stop()])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(seen).toEqual([])
  })

  test('leaves a session that is up to its owner when it is stopped', async () => {
    const first = createScriptedSession()
    const { keeper, seen } = keep([first])
    keeper.start()
    await settle()
    await keeper.stop()
    first.end('closed by its owner')
    await settle()
    expect(first.destroyedBecause).toEqual([])
    expect(seen).toEqual(['up'])
  })
})
