import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import { type Attempt, ConsumerLife, type ConsumerLifeOptions } from '#lib/brokers/kit/consumer-life.ts'
import { createFailures, wordsOf } from '#lib/brokers/kit/failures.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { createScriptedSession, type ScriptedSession } from './scripted-session.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const failures = createFailures('TestMQ', (error) => ({
  kind: 'gone',
  text: wordsOf(error),
  answered: false,
}))
const settle = () => vi.advanceTimersByTimeAsync(0)

/** `pending`: an attempt that never answers. */
type Outcome = ScriptedSession | Error | 'pending'

function begin(outcomes: Outcome[], more: Partial<ConsumerLifeOptions<ScriptedSession>> = {}) {
  const seen: string[] = []
  const attempts: Array<Attempt<ScriptedSession>> = []
  const closing = new AbortController()
  const life: ConsumerLife<ScriptedSession> = new ConsumerLife<ScriptedSession>({
    failures,
    attachTimeoutMs: 6_000,
    closing: closing.signal,
    open: async (attempt) => {
      attempts.push(attempt)
      const outcome = outcomes.shift() ?? 'pending'
      if (outcome instanceof Error) throw outcome
      return outcome === 'pending' ? new Promise<ScriptedSession>(() => undefined) : outcome
    },
    onAttaching: (_session, absence) => {
      if (absence) seen.push(`back after: ${absence.error.message}`)
    },
    onLost: () => void seen.push('let go of what it held'),
    goodbye: async () => void seen.push('goodbye'),
    listener: (event) => void seen.push(worded(event)),
    onEnded: () => void seen.push('ended'),
    ...more,
  })
  return { life, seen, attempts, closing }
}

function worded(event: ConsumerEvent): string {
  if (event.type !== 'state') return event.type
  return event.reason === undefined ? event.state : `${event.state}: ${event.reason}`
}

describe("a consumer's life", () => {
  test('is attached, away with the reason, and back after the loss of its session', async () => {
    const first = createScriptedSession()
    const { life, seen, attempts } = begin([first, createScriptedSession()])
    await life.attach()
    await vi.advanceTimersByTimeAsync(2_000)
    first.end('cut')
    await vi.advanceTimersByTimeAsync(60)
    expect(seen).toEqual([
      'attached',
      'let go of what it held',
      'attaching: cut',
      'back after: cut',
      'attached',
    ])
    expect(attempts.map(({ absence }) => absence?.error.message)).toEqual([undefined, 'cut'])
  })

  test('reports each reason of failing to come back once', async () => {
    const first = createScriptedSession()
    const { life, seen } = begin([
      first,
      new Error('refused'),
      new Error('refused'),
      new Error('no such host'),
    ])
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(seen.filter((line) => line.startsWith('attaching'))).toEqual([
      'attaching: cut',
      'attaching: refused',
      'attaching: no such host',
    ])
  })

  test('keeps a suspended session, and is attached again when it resumes', async () => {
    const session = createScriptedSession()
    const { life, seen, attempts } = begin([session])
    await life.attach()
    life.suspend(new Error('the broker is away'))
    expect(life.session).toBe(session)
    await vi.advanceTimersByTimeAsync(5_000)
    life.resume()
    life.resume()
    expect(seen).toEqual([
      'attached',
      'attaching: the broker is away',
      'back after: the broker is away',
      'attached',
    ])
    expect(attempts).toHaveLength(1)
    expect(session.destroyedBecause).toEqual([])
  })

  test('comes back with a new session when a suspended one is lost, and says goodbye to one when it leaves', async () => {
    const first = createScriptedSession()
    const { life, seen } = begin([first, createScriptedSession()])
    await life.attach()
    await vi.advanceTimersByTimeAsync(2_000)
    life.suspend(new Error('the broker is away'))
    first.end('cut')
    await vi.advanceTimersByTimeAsync(60)
    expect(seen.slice(1)).toEqual([
      'attaching: the broker is away',
      'let go of what it held',
      'attaching: cut',
      'back after: the broker is away',
      'attached',
    ])
    life.suspend(new Error('away again'))
    await life.leave(1_000)
    expect(seen.slice(-3)).toEqual(['goodbye', 'ended', 'detached'])
  })

  test('throws, emits nothing and leaves nothing open when attaching fails', async () => {
    const { life, seen } = begin([new Error('refused')])
    await expect(life.attach()).rejects.toMatchObject({ code: 'broker-down' })
    expect(seen).toEqual(['ended'])
  })

  test('gives up attaching after its limit, and destroys a session that comes later', async () => {
    const late = createScriptedSession()
    let arrive: (session: ScriptedSession) => void = () => undefined
    const { life, seen } = begin([], { open: () => new Promise((resolve) => (arrive = resolve)) })
    const attaching = expect(life.attach()).rejects.toMatchObject({ code: 'broker-timeout' })
    await vi.advanceTimersByTimeAsync(6_000)
    await attaching
    arrive(late)
    await settle()
    expect(late.destroyedBecause).not.toEqual([])
    expect(seen).toEqual(['ended'])
  })

  test('gives up attaching when the driver closes', async () => {
    const { life, closing } = begin(['pending'])
    const attaching = expect(life.attach()).rejects.toBeInstanceOf(AppError)
    closing.abort(new Error('the driver was closed'))
    await attaching
  })

  test('tries the first time again where the driver says that it helps', async () => {
    const { life, seen } = begin([new Error('coordinator is loading'), createScriptedSession()], {
      retriesFirst: (error) => wordsOf(error).includes('loading'),
    })
    await life.attach()
    expect(seen).toEqual(['attached'])
  })

  test('is attached as soon as a delivery proves it, and once only', async () => {
    const session = createScriptedSession()
    const { life, seen } = begin([], {
      open: async ({ attached }) => {
        attached(session)
        return session
      },
    })
    await life.attach()
    expect(seen).toEqual(['attached'])
  })

  test('is away again when an attempt fails after a delivery had proven it attached', async () => {
    const first = createScriptedSession()
    const proven = createScriptedSession()
    let attempts = 0
    const { life, seen } = begin([], {
      open: async ({ attached }) => {
        attempts += 1
        if (attempts === 1) return first
        if (attempts > 2) return createScriptedSession()
        attached(proven)
        throw new Error('consume-ok never came')
      },
    })
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(seen.filter((line) => line.startsWith('att'))).toEqual([
      'attached',
      'attaching: cut',
      'attached',
      'attaching: consume-ok never came',
      'attached',
    ])
    expect(proven.destroyedBecause).not.toEqual([])
    expect(life.isAttached).toBe(true)
  })

  test('leaves politely, then destroys its session and is detached, once', async () => {
    const session = createScriptedSession()
    const { life, seen } = begin([session])
    await life.attach()
    await Promise.all([life.leave(1_000), life.leave(1_000), life.crash()])
    expect(seen).toEqual(['attached', 'goodbye', 'ended', 'detached'])
    expect(session.destroyedBecause).toEqual(['the consumer left'])
  })

  test('emits nothing but crashed from the moment of a crash', async () => {
    const session = createScriptedSession()
    const { life, seen } = begin([session])
    await life.attach()
    const crashed = life.crash()
    life.emit({ type: 'gap', reason: 'lagging', awayMs: 0, at: 0 })
    await crashed
    expect(seen).toEqual(['attached', 'let go of what it held', 'ended', 'crashed'])
  })

  test('can leave while it is away, and makes the attempt under way give up', async () => {
    const first = createScriptedSession()
    const { life, seen, attempts } = begin([first], {
      open: async (attempt) => {
        attempts.push(attempt)
        if (attempts.length === 1) return first
        return new Promise((_, reject) => {
          attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason))
        })
      },
    })
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(120)
    expect(attempts).toHaveLength(2)
    await life.leave(1_000)
    expect(seen.slice(-2)).toEqual(['ended', 'detached'])
  })

  test('is detached with the reason when there is nothing left to come back to', async () => {
    const first = createScriptedSession()
    const gone = new AppError('destination-not-found', '"jobs" was removed')
    const { life, seen } = begin([first, gone])
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(120)
    expect(seen.slice(-2)).toEqual(['ended', 'detached: "jobs" was removed'])
    expect(life.isEnded).toBe(true)
  })

  test('holds back the report of a loss that its consumer does not notice', async () => {
    const first = createScriptedSession()
    let notices = false
    const { life, seen } = begin([first], { reportsAbsence: () => notices })
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(120)
    expect(seen).not.toContain('attaching: cut')
    notices = true
    life.reportAbsence()
    expect(seen.at(-1)).toBe('attaching: cut')
  })

  test('waits until its broker is up before it tries to come back', async () => {
    const first = createScriptedSession()
    let comeUp: () => void = () => undefined
    const { life, seen } = begin([first, createScriptedSession()], {
      untilUp: () => new Promise<void>((resolve) => (comeUp = resolve)),
    })
    await life.attach()
    first.end('cut')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.at(-1)).toBe('attaching: cut')
    comeUp()
    await settle()
    expect(seen.at(-1)).toBe('attached')
  })
})
