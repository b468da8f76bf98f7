import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DriverStatus } from '#lib/brokers/contract.ts'
import { BrokerSession } from '#lib/brokers/kit/broker-session.ts'
import { createFailures, wordsOf } from '#lib/brokers/kit/failures.ts'
import { createScriptedSession, type ScriptedSession } from './scripted-session.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const failures = createFailures('TestMQ', (error) => ({
  kind: wordsOf(error).includes('password') ? 'authentication' : 'gone',
  text: wordsOf(error),
  answered: false,
}))
const ignore = () => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function openSession(outcomes: Array<ScriptedSession | Error>) {
  const statuses: DriverStatus[] = []
  const session = new BrokerSession<ScriptedSession>({
    label: 'TestMQ',
    log,
    failures,
    establish: async () => {
      const outcome = outcomes.shift() ?? new Error('nothing more was scripted')
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  })
  session.onStatus((status) => void statuses.push(status))
  session.open()
  return { session, statuses }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe("a driver's own session", () => {
  test('reports up with the version, the loss with its reason, and up again', async () => {
    const first = createScriptedSession()
    const { session, statuses } = openSession([first, createScriptedSession()])
    await settle()
    expect(session.require()).toBe(first)
    await vi.advanceTimersByTimeAsync(2_000)
    first.end('cut')
    await vi.advanceTimersByTimeAsync(50)
    expect(statuses).toMatchObject([
      { status: 'up', version: '1.0' },
      { status: 'connecting', reason: { code: 'lost', text: 'cut' }, tries: 0 },
      { status: 'up' },
    ])
  })

  test('refuses with broker-down and the reason while it is not up', async () => {
    const { session } = openSession([new Error('cable cut')])
    await settle()
    expect(session.current).toBeNull()
    expect(() => session.require()).toThrow(
      expect.objectContaining({ code: 'broker-down', message: 'TestMQ is not connected: cable cut' }),
    )
    expect(session.downError()).toMatchObject({ code: 'broker-down', retryAfterMs: 1_000 })
  })

  test('waits up to five seconds between attempts when the broker does not let it in', async () => {
    const { statuses } = openSession(Array.from({ length: 40 }, () => new Error('wrong password')))
    await vi.advanceTimersByTimeAsync(20_000)
    const count = statuses.length
    await vi.advanceTimersByTimeAsync(20_000)
    expect(statuses.length - count).toBeLessThanOrEqual(8)
    expect(statuses.at(-1)).toMatchObject({ status: 'down', reason: { code: 'authentication' } })
  })

  test('resolves untilUp when it is up, and also when the caller gives up', async () => {
    const { session } = openSession([new Error('away'), createScriptedSession()])
    const givingUp = new AbortController()
    const both = Promise.all([session.untilUp(givingUp.signal), session.untilUp(AbortSignal.timeout(60_000))])
    givingUp.abort()
    await vi.advanceTimersByTimeAsync(100)
    await both
    expect(session.status.status).toBe('up')
  })

  test('reports that it was stopped, once, and nothing afterwards', async () => {
    const { session, statuses } = openSession([createScriptedSession()])
    await settle()
    await Promise.all([session.stop(), session.stop()])
    expect(statuses.slice(1)).toMatchObject([{ status: 'down', reason: { code: 'stopped' } }])
    expect(session.current).toBeNull()
  })
})
