import { describe, expect, it } from 'vitest'
import { startBlockingReads } from '#lib/brokers/redis/blocking-read.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { until } from '#test/support/until.ts'

describe('a wait that is to be asked for anew', () => {
  it('and cannot be ended is told, and goes on as it was', async () => {
    const told: unknown[] = []
    const failed: unknown[] = []
    const wait = createDeferred<void>()
    const refusal = new Error('NOPERM this user has no permissions to run CLIENT UNBLOCK')
    const intake = startBlockingReads({
      room: () => 1,
      next: () => wait.promise,
      unblock: () => Promise.reject(refusal),
      onNotRenewed: (error) => void told.push(error),
      onFailed: (error) => void failed.push(error),
    })
    intake.renew()
    await until('the refusal', () => told.length > 0)
    expect(told).toEqual([refusal])
    expect(failed).toEqual([])
    intake.abandon()
    wait.resolve()
  })
})
