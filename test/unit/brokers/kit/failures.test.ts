import { describe, expect, test, vi } from 'vitest'
import {
  countdown,
  DeadlineError,
  sleep,
  succeedsWithin,
  unlessAborted,
  withDeadline,
} from '#lib/brokers/kit/deadlines.ts'
import { createFailures, errnoOf, nobodyListens, wordsOf } from '#lib/brokers/kit/failures.ts'
import { AppError } from '#lib/protocol/errors.ts'

const failures = createFailures('TestMQ', (error) => ({
  kind: nobodyListens(error) ? 'unreachable' : 'rejected',
  text: wordsOf(error),
  answered: !nobodyListens(error),
  detail: { replyCode: 404 },
}))
const refusedConnection = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

describe('failures', () => {
  test('where nobody listens are `broker-down` to the caller, and `refused` as the reason on the screen', () => {
    expect(failures.toReason(refusedConnection)).toEqual({ code: 'refused', text: 'connect ECONNREFUSED' })
    expect(failures.toAppError(refusedConnection)).toMatchObject({ code: 'broker-down', retryAfterMs: 1_000 })
  })

  test('that the broker answered with carry its words and its reply code', () => {
    const error = failures.toAppError(new Error('no queue'), 'the queue jobs')
    expect(error).toMatchObject({
      code: 'broker-refused',
      message: 'TestMQ refused the queue jobs: no queue',
      detail: { reason: 'no queue', replyCode: 404 },
    })
  })

  test('of a deadline are broker-timeout', () => {
    const error = failures.toAppError(new DeadlineError('basic.consume', 5_000))
    expect(error).toMatchObject({ code: 'broker-timeout' })
    expect(error.message).toContain('no answer within 5000 ms: basic.consume')
    expect(failures.toReason(new DeadlineError('connect', 4_000)).code).toBe('connecting')
  })

  test('that are AppErrors already stay what they are, and give the reason of their cause', () => {
    const error = new AppError('invalid', 'wrong', { cause: refusedConnection })
    expect(failures.toAppError(error)).toBe(error)
    expect(failures.toReason(error).code).toBe('refused')
    expect(failures.of(new AppError('broker-down', 'away'))).toMatchObject({ kind: 'gone', answered: false })
  })

  test('have words even where the error has none', () => {
    expect(wordsOf(new AggregateError([new Error('one'), new Error('two')]))).toBe('one; two')
    expect(wordsOf(new TypeError(''))).toBe('TypeError')
    expect(errnoOf(new Error('plain'))).toBe('')
  })
})

describe('deadlines', () => {
  test('end the waiting, not the work', async () => {
    await expect(withDeadline('QUIT', 1, new Promise(() => undefined))).rejects.toThrow(DeadlineError)
    await expect(withDeadline('QUIT', 1_000, Promise.resolve('done'))).resolves.toBe('done')
    await expect(succeedsWithin('QUIT', 1_000, () => Promise.reject(new Error('no')))).resolves.toBe(false)
  })

  test('hand what comes after an abort to whoever discards it', async () => {
    const giveUp = new AbortController()
    const discard = vi.fn()
    let arrive: (value: string) => void = () => undefined
    const work = new Promise<string>((resolve) => {
      arrive = resolve
    })
    const waiting = expect(unlessAborted(giveUp.signal, work, discard)).rejects.toThrow('enough')
    giveUp.abort(new Error('enough'))
    await waiting
    arrive('late')
    await vi.waitFor(() => expect(discard).toHaveBeenCalledWith('late'))
  })

  test('count down to zero and no further', () => {
    expect(countdown(60_000)()).toBeGreaterThan(59_000)
    expect(countdown(-1)()).toBe(0)
  })

  test('sleep until the time is over or the signal aborts', async () => {
    const giveUp = new AbortController()
    const asleep = sleep(60_000, giveUp.signal)
    giveUp.abort()
    await asleep
    await sleep(60_000, giveUp.signal)
  })
})
